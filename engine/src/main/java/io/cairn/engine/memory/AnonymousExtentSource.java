package io.cairn.engine.memory;

import io.cairn.fsm.page.ExtentSource;
import net.openhft.posix.PosixAPI;
import net.openhft.posix.internal.noop.NoOpPosixAPI;
import org.agrona.BufferUtil;
import org.agrona.collections.LongArrayList;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Extents in anonymous memory, mapped directly so that the kernel zeroes pages when they are touched and not before, and advised for huge
 * pages where asked (aligned to 2 MiB then, or the advice would be in vain). Where the POSIX layer could not be loaded, direct byte buffers
 * serve, without huge pages.
 *
 * <p>Owner: the Applier; {@link #close()} by whoever closes the engine, after it.
 */
public final class AnonymousExtentSource implements ExtentSource {
    private static final int PROT_READ_WRITE = 1 | 2;
    private static final int MAP_PRIVATE_ANONYMOUS = 2 | 0x20;
    private static final int MADV_HUGEPAGE = 14;
    private static final int HUGE_PAGE = 2 << 20;
    private static final int SMALL_PAGE = 4096;

    private final PosixAPI posix;
    private final boolean hugePages;
    private final LongArrayList mappings = new LongArrayList();
    private final List<ByteBuffer> buffers = new ArrayList<>();
    private boolean closed;

    /**
     * @param hugePages advise extents of at least 2 MiB for huge pages.
     */
    public AnonymousExtentSource(final boolean hugePages) {
        final PosixAPI loaded = PosixAPI.posix();
        this.posix = loaded instanceof NoOpPosixAPI ? null : loaded;
        this.hugePages = hugePages && null != posix;
    }

    @Override
    public long allocate(final int lengthBytes) {
        if (closed) {
            return 0;
        }
        return null == posix ? allocateBuffer(lengthBytes) : map(lengthBytes);
    }

    private long allocateBuffer(final int lengthBytes) {
        final ByteBuffer buffer;
        try {
            buffer = BufferUtil.allocateDirectAligned(lengthBytes, SMALL_PAGE);
        } catch (final OutOfMemoryError ex) {
            return 0;
        }
        buffers.add(buffer);
        return BufferUtil.address(buffer);
    }

    private long map(final int lengthBytes) {
        final boolean huge = hugePages && lengthBytes >= HUGE_PAGE;
        final long mapped = huge ? (long)lengthBytes + HUGE_PAGE : lengthBytes;
        final long base;
        try {
            base = posix.mmap(0, mapped, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0);
        } catch (final RuntimeException ex) {
            return 0;
        }
        if (0 == base || -1 == base) {
            return 0;
        }
        mappings.addLong(base);
        mappings.addLong(mapped);
        if (!huge) {
            return base;
        }
        final long aligned = (base + HUGE_PAGE - 1) & -HUGE_PAGE;
        posix.madvise(aligned, lengthBytes, MADV_HUGEPAGE);
        return aligned;
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            for (int i = 0; i < mappings.size(); i += 2) {
                posix.munmap(mappings.getLong(i), mappings.getLong(i + 1));
            }
            mappings.clear();
            buffers.clear();
        }
    }
}
