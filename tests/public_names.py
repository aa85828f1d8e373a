"""What `__all__` of each public module says, and what it names."""

import inspect

import kerasgan
from kerasgan.registry import registered_models


def built_in_models():
    """Registered by the package; other tests register theirs."""
    classes = registered_models().values()
    return [cls for cls in classes if cls.__module__.startswith("kerasgan.")]


PUBLIC = {
    kerasgan: [
        *(cls.__name__ for cls in built_in_models()),
        "GAN",
        "ImageGrid",
        "PairedOptimizer",
        "PresetError",
        "augment",
        "datasets",
        "export",
        "from_preset",
        "layers",
        "list_presets",
        "losses",
        "networks",
        "regularizers",
        "register_model",
        "register_network",
        "save_grid",
        "callbacks",
        "latent",
        "metrics",
    ],
    kerasgan.augment: [
        "AdaptiveAugmentation",
        "DiffAugment",
        "augmentation",
    ],
    kerasgan.datasets: ["class_names", "glyphs", "image_folder", "load", "shapes"],
    kerasgan.export: ["ExportError", "ExportResult", "FORMATS", "export_generator"],
    kerasgan.layers: [
        "BatchNormalization",
        "ClippedImages",
        "ConditionalBatchNormalization",
        "Conv2D",
        "Conv2DTranspose",
        "DownsampleConv2D",
        "EqualizedConv2D",
        "EqualizedDense",
        "FilteredResampling2D",
        "GroupNormalization",
        "InstanceNormalization",
        "LayerNormalization",
        "LearnedMap",
        "MinibatchStandardDeviation",
        "ModulatedConv2D",
        "NoiseInjection",
        "PixelNormalization",
        "SelfAttention2D",
        "SpatialDropout2D",
        "SpectralConv2D",
        "SpectralConv2DTranspose",
        "SpectralDense",
        "SpectralDownsampleConv2D",
        "SpectralEmbedding",
        "UpsampleConv2D",
    ],
    kerasgan.models: [cls.__name__ for cls in built_in_models()],
    kerasgan.losses: [
        "binary_crossentropy",
        "class_crossentropy",
        "hinge_discriminator_loss",
        "hinge_generator_loss",
        "least_squares_discriminator_loss",
        "least_squares_generator_loss",
        "non_saturating_discriminator_loss",
        "non_saturating_generator_loss",
        "relativistic_discriminator_loss",
        "relativistic_generator_loss",
        "saturating_discriminator_loss",
        "saturating_generator_loss",
        "wasserstein_discriminator_loss",
        "wasserstein_generator_loss",
    ],
    kerasgan.regularizers: [
        "consistency_penalty",
        "dragan_penalty",
        "gradient_penalty",
        "lazy",
        "path_length_penalty",
        "r1_penalty",
        "r2_penalty",
        "scores_and_r1",
    ],
    kerasgan.callbacks: [
        "Checkpoint",
        "CollapseGuard",
        "EventLog",
        "Finding",
        "NetworkLearningRate",
        "QualityMetrics",
        "SampleGrid",
        "Stop",
        "Thresholds",
        "TrainingMonitor",
    ],
    kerasgan.latent: [
        "Projection",
        "Rejection",
        "acceptance_probabilities",
        "combine",
        "images_of",
        "images_of_styles",
        "map_to_styles",
        "mean_style",
        "truncated_images",
        "interpolate",
        "path",
        "project",
        "rejection_sample",
        "save_interpolation",
        "save_traversal",
        "traversal",
        "truncate",
        "truncated_normal",
    ],
    kerasgan.metrics: [
        "ClassAccuracy",
        "ClassCoverage",
        "DensityCoverage",
        "Estimate",
        "Evaluator",
        "Extractor",
        "Features",
        "Figure",
        "Neighbours",
        "PrecisionRecall",
        "ProtocolError",
        "Score",
        "application_extractor",
        "class_accuracy",
        "class_coverage",
        "density_coverage",
        "evaluate",
        "frechet_distance",
        "frechet_distance_of_gaussians",
        "get_extractor",
        "hub_extractor",
        "inception_score",
        "kernel_distance",
        "list_extractors",
        "list_metrics",
        "load_scores",
        "nearest_neighbours",
        "precision_recall",
        "rank_scores",
        "register_extractor",
        "register_metric",
        "save_nearest_neighbours",
        "save_scores",
        "shipped_classifier",
    ],
    kerasgan.networks: [
        "classifying_discriminator",
        "conditional_discriminator",
        "conditional_generator",
        "convolutional_generator",
        "fully_convolutional_generator",
        "get_network",
        "network_spec",
        "register_network",
        "r3gan_discriminator",
        "r3gan_generator",
        "residual_discriminator",
        "residual_generator",
        "strided_discriminator",
        "stylegan2_discriminator",
        "stylegan2_generator",
        "transposed_generator",
        "upsampling_generator",
    ],
}


def public_objects():
    for module, names in PUBLIC.items():
        for name in names:
            value = getattr(module, name)
            yield f"{module.__name__}.{name}", value
            if inspect.isclass(value):
                own = {m for m in vars(value) if not m.startswith("_")}
                # What Keras calls is documented by Keras.
                own -= {m for c in keras_bases(value) for m in dir(c)}
                for member in own:
                    yield f"{module.__name__}.{name}.{member}", getattr(value, member)


def keras_bases(cls):
    return [c for c in cls.__mro__ if c.__module__.partition(".")[0] == "keras"]
