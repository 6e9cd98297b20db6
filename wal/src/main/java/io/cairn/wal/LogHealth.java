package io.cairn.wal;

/**
 * Is the log still fit for writing? One failed force, write, rename or delete ends that for good: what the kernel calls durable or clean afterwards
 * proves nothing, so nothing is tried again until the log is opened and reads its files afresh. Any thread.
 */
final class LogHealth
{
    private volatile boolean failed;

    boolean isFailed()
    {
        return failed;
    }

    void fail()
    {
        failed = true;
    }
}
