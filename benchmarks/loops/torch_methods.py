"""What loops of methods beyond DCGAN share, as one writes it in PyTorch.

float32 in channels-last memory, PyTorch's fused Adam, and the moving average in one
call for all weights.
"""

import copy

import numpy as np
import torch

from loops import torch_named_weights
from loops.hand_written import HandWrittenLoop
from loops.inputs import Batches
from loops.settings import latent_dim

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"


class MethodLoop(HandWrittenLoop):
    """Two networks, their optimizers and the loop over batches.

    A method has `networks`, the classes of generator and discriminator, each made of
    the preset's arguments, and a `step`.
    """

    networks: tuple

    def __init__(self, settings):
        self.settings, self.options = settings, settings["compile"]
        self.generator, self.discriminator = (
            network(settings[role]["arguments"]).to(
                DEVICE, memory_format=torch.channels_last
            )
            for network, role in zip(self.networks, ("generator", "discriminator"))
        )
        self.average = None
        if settings["ema_decay"] is not None:
            self.average = copy.deepcopy(self.generator).requires_grad_(False)
        self.g_optimizer, self.g_schedule = adam(
            self.generator, self.options["generator_optimizer"]
        )
        self.d_optimizer, self.d_schedule = adam(
            self.discriminator, self.options["discriminator_optimizer"]
        )
        self.steps = 0

    def prepare(self, images):
        return torch.from_numpy(images)

    def train(self, images, batch_size, steps, *, shuffle=True, draws=None):
        """Both losses of each step, an array (steps, 2).

        `draws`: arrays that take the place of random numbers, in the order of use.
        """
        batches = Batches(len(images), batch_size, shuffle=shuffle)
        self.generator.train(), self.discriminator.train()
        count = self.options["discriminator_steps"]
        self.draws, logs = iter(draws or ()), []
        for _ in range(steps):
            rows = [torch.from_numpy(next(batches)) for _ in range(count)]
            real = [self.real_images(images[each]) for each in rows]
            logs.append(torch.stack(self.step(real)).detach())
            self.steps += 1
        return torch.stack(logs).cpu().numpy()

    def real_images(self, images):
        """float32 (batch, channels, height, width) in [-1, 1], mirrored by chance."""
        images = images.to(DEVICE).permute(0, 3, 1, 2).float() / 127.5 - 1
        if self.settings["mirror"]:
            chosen = torch.rand(len(images), 1, 1, 1, device=DEVICE) < 0.5
            images = torch.where(chosen, images.flip(3), images)
        return images

    def step(self, batches):
        """Trains on a batch for each discriminator update; both losses, a list."""
        raise NotImplementedError

    def latents(self, n):
        shape = (n, latent_dim(self.settings))
        return self.drawn(lambda: torch.randn(shape, device=DEVICE))

    def drawn(self, draw):
        given = next(self.draws, None)
        return draw() if given is None else torch.from_numpy(given).to(DEVICE)

    def update_discriminator(self, loss):
        _update(self.d_optimizer, self.d_schedule, loss)

    def update_generator(self, loss):
        _update(self.g_optimizer, self.g_schedule, loss)

    @torch.no_grad()
    def update_average(self, decay):
        # Networks with an average have no batch norm here, and nothing else to follow.
        mine, theirs = self.average.parameters(), self.generator.parameters()
        torch._foreach_lerp_(list(mine), list(theirs), 1 - decay)

    def load(self, weights):
        """Takes over ours: `{"generator": {layer: {name: array}}, ...}`."""
        for role, values in weights.items():
            network = getattr(self, role)
            modules = {self.layer_name(n): m for n, m in network.named_modules()}
            torch_named_weights.load(network, modules, values)

    def layer_name(self, name):
        """What our layer is called whose PyTorch module has this name."""
        return name.replace(".", "_")


def adam(network, block):
    """PyTorch's Adam and the schedule of its rate, or `None`, of a preset's block."""
    rate = block["learning_rate"]
    falling = isinstance(rate, dict)
    optimizer = torch.optim.Adam(
        network.parameters(),
        lr=rate["initial_learning_rate"] if falling else rate,
        betas=(block["beta_1"], block["beta_2"]),
        eps=block["epsilon"],
        fused=True,
    )
    if not falling:
        return optimizer, None
    steps = rate["decay_steps"]
    return optimizer, torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: max(0.0, 1.0 - step / steps)
    )


def _update(optimizer, schedule, loss):
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if schedule is not None:
        schedule.step()


def slopes(scores, images):
    """The gradient of each image's score, to be differentiated again."""
    return torch.autograd.grad(scores.sum(), images, create_graph=True)[0]


def squared_norms(tensor):
    """Of each image, (batch,)."""
    return tensor.square().sum(dim=(1, 2, 3))


def half_life_decay(batch_size, half_life):
    return float(np.exp2(-batch_size / max(half_life, 1e-6)))
