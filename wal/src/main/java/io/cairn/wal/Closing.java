package io.cairn.wal;

/**
 * Gives back several things, the later ones too when an earlier one cannot be: a lock that stays, or a mapping that leaks, is worse than the failure.
 */
final class Closing implements AutoCloseable
{
    private RuntimeException first;

    /**
     * Runs one step, whatever became of the ones before.
     */
    void step(final Runnable step)
    {
        try
        {
            step.run();
        }
        catch (final RuntimeException failure)
        {
            if (first == null)
            {
                first = failure;
            }
            else if (first != failure)
            {
                first.addSuppressed(failure);
            }
        }
    }

    /** Throws what went wrong first, with the rest attached. */
    @Override
    public void close()
    {
        if (first != null)
        {
            throw first;
        }
    }
}
