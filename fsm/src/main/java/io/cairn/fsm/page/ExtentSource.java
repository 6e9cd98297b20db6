package io.cairn.fsm.page;

/**
 * Port through which a {@link PageArena} obtains its memory: anonymous memory, a mapped scratch file, or plain direct buffers.
 * <p>
 * Owner: the thread that owns the arena. An extent stays mapped at its address until {@link #close()}, because reader threads
 * walk pages by raw address.
 */
public interface ExtentSource extends AutoCloseable
{
    /**
     * Obtain one extent.
     *
     * @param lengthBytes length of the extent, a multiple of the page size.
     * @return address of zeroed memory aligned to the page size (4096 at least), or 0 when no more can be had.
     */
    long allocate(int lengthBytes);

    /**
     * Release every extent. No page may be read afterwards.
     */
    @Override
    void close();
}
