"""Projection GAN: SNGAN whose discriminator projects features onto classes."""

from kerasgan.checks import LARGEST_INTEGER, Argument, integer
from kerasgan.models.sngan import SNGAN
from kerasgan.registry import register_model


@register_model("projection")
class ProjectionGAN(SNGAN):
    """SNGAN of classes: what the discriminator knows of an image meets its class.

    The score is `w . f(x) + v_y . f(x)`: see
    `kerasgan.networks.residual_discriminator(num_classes=...)`, and for the generator,
    whose batch norm has a scale and an offset for each class,
    `kerasgan.networks.residual_generator(num_classes=...)`. Loss, optimizers and steps
    are `SNGAN`'s.

    Example:

    ```python
    gan = kerasgan.ProjectionGAN.from_preset("cifar10-32")
    gan.fit(images, labels)
    gan.generate(10, labels=3)
    ```

    Source: Miyato and Koyama 2018, "cGANs with Projection Discriminator"
    (arXiv:1802.05637), equation 3.
    """

    class Recipe(SNGAN.Recipe):
        """What `ProjectionGAN.compile` takes. Source: section 5, as SNGAN's."""

    def __init__(self, generator, discriminator, *, num_classes, **kwargs):
        integer(2, LARGEST_INTEGER)(num_classes, Argument("num_classes"))
        super().__init__(generator, discriminator, num_classes=num_classes, **kwargs)
