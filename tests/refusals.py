"""What every refused argument must leave as it was."""

import pytest
from small import same_weights, weights_of


def refused(gan, *words, error=ValueError, method="fit", **arguments):
    """Checks that `method` raises `words` and changes nothing."""
    before = weights_of(gan)
    with pytest.raises(error) as raised:
        getattr(gan, method)(**arguments)
    message = str(raised.value)
    for word in (*words, "Received"):
        assert word in message, message
    assert same_weights(weights_of(gan), before)
    assert int(gan.step_counter) == 0
