package io.cairn.engine.install;

/** What one transfer brings, kept for as long as it takes. Owner: the Snapshotter. */
public interface TransferCargo extends AutoCloseable {
    /** @return last entry that it leads to. */
    long index();

    /** @return elements that are offered one after the other. */
    int itemCount();

    /** @return true when it is what changed, false when it is the whole. */
    boolean isIncrement();

    /** @return for messages. */
    String name();

    /**
     * One of the elements.
     *
     * @param item from 0.
     * @return to be closed.
     */
    TransferStream open(int item);

    /** It is not needed any more; harmless when that was said before. */
    @Override
    void close();
}
