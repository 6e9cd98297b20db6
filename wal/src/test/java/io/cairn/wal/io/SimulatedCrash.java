package io.cairn.wal.io;

/**
 * The simulated machine lost power: thrown by the operation at which it failed and by every one after it. An error, so that no handler of the
 * code under test mistakes it for a failing disk.
 */
public final class SimulatedCrash extends Error
{
    private static final long serialVersionUID = 1L;

    /**
     * Power is gone.
     *
     * @param operation number of the operation that did not happen.
     */
    public SimulatedCrash(final long operation)
    {
        super("simulated power loss at operation " + operation, null, false, false);
    }
}
