"""DCGAN as one writes it in plain JAX: pure functions, optax, one jitted step."""

import jax
import jax.numpy as jnp
import numpy as np
import optax

from loops.hand_written import HandWrittenLoop
from loops.inputs import Batches, draw_latents
from loops.jax_networks import GENERATORS, discriminator
from loops.jax_parameters import discriminator_shapes, generator_shapes, initial
from loops.settings import average_rate, latent_dim


def optimizer(block):
    if block["name"] == "adam":
        update = optax.adam(
            block["learning_rate"],
            b1=block["beta_1"],
            b2=block["beta_2"],
            eps=block["epsilon"],
        )
    else:
        update = optax.rmsprop(
            block["learning_rate"], decay=block["rho"], eps=block["epsilon"]
        )
    clip = block.get("clipvalue")
    return optax.chain(optax.clip(clip), update) if clip else update


def part(optimizer, parameters, statistics):
    """All that changes of one network."""
    return {
        "parameters": parameters,
        "statistics": statistics,
        "optimizer": optimizer.init(parameters),
    }


def update(optimizer, network, gradients):
    updates, network["optimizer"] = optimizer.update(gradients, network["optimizer"])
    network["parameters"] = optax.apply_updates(network["parameters"], updates)


def shown(g):
    """Copies of what makes pictures: buffers that are donated must not be shared."""
    held = {name: g[name] for name in ("parameters", "statistics")}
    return jax.tree.map(jnp.array, held)


class Loop(HandWrittenLoop):
    """The state of both networks, the jitted step and the loop over batches."""

    def __init__(self, settings):
        self.settings, self.options = settings, settings["compile"]
        self.g_optimizer = optimizer(self.options["generator_optimizer"])
        self.d_optimizer = optimizer(self.options["discriminator_optimizer"])
        self.step = jax.jit(self.step, donate_argnums=0)
        self.pictures = jax.jit(self.pictures)
        self.state = self.initial_state(jax.random.key(0))

    def initial_state(self, key):
        key, g_key, d_key = jax.random.split(key, 3)
        shapes, self.transposed = generator_shapes(self.settings["generator"])
        generator = part(self.g_optimizer, *initial(g_key, shapes))
        return {
            "key": key,
            "steps": jnp.zeros(()),
            "generator": generator,
            "average": self.first_average(generator),
            "discriminator": part(
                self.d_optimizer,
                *initial(d_key, discriminator_shapes(self.settings["discriminator"])),
            ),
        }

    def first_average(self, g):
        return None if self.settings["ema_decay"] is None else shown(g)

    def train(self, images, batch_size, steps, *, shuffle=True, latents=None):
        """Means of both losses and both accuracies; one row a step if `latents`."""
        batches = Batches(len(images), batch_size, shuffle=shuffle)
        logs = []
        for i in range(steps):
            given = None if latents is None else latents[i]
            self.state, log = self.step(self.state, images[next(batches)], given)
            logs.append(log)
        logs = np.array(jax.device_get(logs))
        return logs.mean(axis=0) if latents is None else logs

    def step(self, state, batch, given):
        key, latents_key, mirror_key, d_key, g_key = jax.random.split(state["key"], 5)
        g, d = state["generator"], state["discriminator"]
        real = self.real_images(mirror_key, batch)
        latents = self.latents(latents_key, len(batch), given)
        fake, pull_back, g["statistics"] = self.fake_images(g, latents[0])
        # The discriminator.
        (d_loss, (d["statistics"], accuracies)), gradients = jax.value_and_grad(
            self.d_loss, has_aux=True
        )(d["parameters"], d["statistics"], real, fake, d_key)
        update(self.d_optimizer, d, gradients)
        # The generator.
        if not self.settings["one_pass"]:
            fake, pull_back, g["statistics"] = self.fake_images(g, latents[1])
        (g_loss, d["statistics"]), gradient = jax.value_and_grad(
            self.g_loss, has_aux=True
        )(fake, d, g_key)
        (gradients,) = pull_back(gradient)
        update(self.g_optimizer, g, gradients)
        state = {
            "key": key,
            "steps": state["steps"] + 1,
            "generator": g,
            "average": self.moved_average(state["average"], g, state["steps"]),
            "discriminator": d,
        }
        return state, jnp.stack([d_loss, g_loss, *accuracies])

    def moved_average(self, average, g, steps):
        if average is None:
            return None
        rate = average_rate(self.settings, steps, jnp.minimum)
        now = {name: g[name] for name in average}
        return optax.incremental_update(now, average, 1 - rate)

    def real_images(self, key, batch):
        real = batch.astype("float32") / 127.5 - 1
        if not self.settings["mirror"]:
            return real
        mirrored = jax.random.bernoulli(key, 0.5, (len(batch), 1, 1, 1))
        return jnp.where(mirrored, real[:, :, ::-1], real)

    def fake_images(self, g, latents):
        """Images, their gradient's way back to the parameters, new statistics."""
        return jax.vjp(
            lambda p: self.generator(p, g["statistics"], latents, True),
            g["parameters"],
            has_aux=True,
        )

    def latents(self, key, n, given):
        if given is not None:
            return given
        draws = 1 if self.settings["one_pass"] else 2
        return jax.random.normal(key, (draws, n, latent_dim(self.settings)))

    def generator(self, parameters, statistics, latents, train):
        spec = self.settings["generator"]
        return GENERATORS[spec["builder"]](
            spec["arguments"],
            parameters,
            statistics,
            latents.astype(self.compute_dtype),
            train,
        )

    def scores(self, parameters, statistics, images, key):
        return discriminator(
            self.settings["discriminator"]["arguments"],
            parameters,
            statistics,
            images.astype(self.compute_dtype),
            key,
        )

    @property
    def compute_dtype(self):
        return self.settings["dtype"].removeprefix("mixed_")

    def d_loss(self, parameters, statistics, real, fake, key):
        keys = jax.random.split(key, 4)
        real_scores, statistics = self.scores(parameters, statistics, real, keys[0])
        fake_scores, statistics = self.scores(parameters, statistics, fake, keys[1])
        real_loss = self.loss(real_scores, self.options["real_label"], keys[2])
        fake_loss = self.loss(fake_scores, self.options["fake_label"], keys[3])
        accuracies = [(real_scores > 0).mean(), (fake_scores < 0).mean()]
        loss = self.options["discriminator_loss_weight"] * (real_loss + fake_loss)
        return loss, (statistics, accuracies)

    def g_loss(self, fake, d, key):
        scores, statistics = self.scores(d["parameters"], d["statistics"], fake, key)
        return self.loss(scores, self.options["generator_label"]), statistics

    def loss(self, scores, label, key=None):
        targets = jnp.full_like(scores, label)
        if key is not None and self.options["label_noise"]:
            noise = jax.random.uniform(key, scores.shape)
            targets += self.options["label_noise"] * noise
        return optax.sigmoid_binary_cross_entropy(scores, targets).mean()

    # Pictures ---------------------------------------------------------------------

    def generate(self, n, batch_size, seed=None):
        latents = draw_latents(self.settings, n, seed)
        g = self.state["average"] or self.state["generator"]
        parts = [
            self.pictures(
                g["parameters"], g["statistics"], latents[start : start + batch_size]
            )
            for start in range(0, len(latents), batch_size)
        ]
        return np.concatenate(jax.device_get(parts))

    def pictures(self, parameters, statistics, latents):
        images, _ = self.generator(parameters, statistics, latents, False)
        return jnp.clip(jnp.round((images + 1) * 127.5), 0, 255).astype("uint8")

    def load(self, weights):
        """Copies Keras weights by layer and name."""
        for role in ("generator", "discriminator"):
            network = self.state[role]
            for name, values in weights[role].items():
                values = {k: jnp.array(v) for k, v in values.items()}
                if role == "generator" and name in self.transposed:
                    # Keras keeps the kernel of the convolution it is the gradient of.
                    kernel = values["kernel"][::-1, ::-1]
                    values["kernel"] = kernel.transpose(0, 1, 3, 2)
                if "gamma" in values:
                    network["statistics"][name] = {
                        "mean": values.pop("moving_mean"),
                        "variance": values.pop("moving_variance"),
                    }
                network["parameters"][name] = values
        self.state["average"] = self.first_average(self.state["generator"])
