package io.cairn.wal.io;

import java.util.BitSet;
import java.util.SplittableRandom;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The bytes of one simulated file, twice: as the page cache shows them and as the disk holds them. They are compared sector by sector, so that
 * stores through a mapping need no bookkeeping. A sector is written whole or not at all; which ones a power loss keeps is drawn from a seed.
 * <p>
 * Lengths: {@code size} is what the process sees, {@code durableSize} what the disk knows, {@code minSize} the shortest the file has been
 * between the two, so that bytes cut off and grown again never come back except with the old length.
 * <p>
 * A failed force leaves the pages readable and clean: they are remembered in {@code lost} with what they held, and no later force writes one unless
 * it changed or was written again.
 */
final class SimulatedContent
{
    static final int SECTOR = 512;
    static final int PAGE = 4096;

    private final MemoryPool pool;
    private UnsafeBuffer cache;
    private UnsafeBuffer disk;
    private UnsafeBuffer lostImage;
    private final BitSet lost = new BitSet();
    private long size;
    private long durableSize;
    private long minSize;
    private long allocated;
    private int regions;

    SimulatedContent(final MemoryPool pool)
    {
        this.pool = pool;
        cache = pool.take(PAGE);
        disk = pool.take(PAGE);
    }

    UnsafeBuffer cache()
    {
        return cache;
    }

    long size()
    {
        return size;
    }

    long allocated()
    {
        return allocated;
    }

    void regionOpened()
    {
        regions++;
    }

    void regionClosed()
    {
        regions--;
    }

    boolean isMapped()
    {
        return regions > 0;
    }

    void resize(final long sizeBytes)
    {
        if (sizeBytes > cache.capacity())
        {
            if (regions > 0)
            {
                throw new IllegalStateException("the simulator cannot grow a file while it is mapped");
            }
            cache = grown(cache, sizeBytes);
            disk = grown(disk, sizeBytes);
            if (lostImage != null)
            {
                lostImage = grown(lostImage, sizeBytes);
            }
        }
        if (sizeBytes < size)
        {
            cache.setMemory((int)sizeBytes, (int)(size - sizeBytes), (byte)0);
            minSize = Math.min(minSize, sizeBytes);
            allocated = Math.min(allocated, pagesUp(sizeBytes));
        }
        size = sizeBytes;
    }

    void allocate(final long lengthBytes)
    {
        if (lengthBytes > size)
        {
            resize(lengthBytes);
        }
        allocated = Math.max(allocated, pagesUp(lengthBytes));
    }

    void touched(final long position, final int length)
    {
        allocated = Math.max(allocated, pagesUp(position + length));
        if (!lost.isEmpty() && length > 0)
        {
            lost.clear((int)(position / PAGE), (int)((position + length - 1) / PAGE) + 1);
        }
    }

    /** Makes sectors durable; the length becomes durable with them. */
    void force(final long from, final long to)
    {
        if (minSize < durableSize)
        {
            disk.setMemory((int)minSize, (int)(durableSize - minSize), (byte)0);
        }
        durableSize = size;
        minSize = size;
        final int end = (int)Math.min(disk.capacity(), pagesUp(to));
        for (int offset = (int)(from / PAGE * PAGE); offset < end; offset += SECTOR)
        {
            if (isWritable(offset))
            {
                disk.putBytes(offset, cache, offset, SECTOR);
            }
        }
    }

    void force()
    {
        force(0, size);
    }

    /** A force that failed: some sectors were written, all pages are clean from now on. */
    void forceFailed(final long from, final long to, final SplittableRandom random)
    {
        writeBack(random, 2, from, to);
        if (lostImage == null)
        {
            lostImage = pool.take(cache.capacity());
        }
        final int end = (int)Math.min(cache.capacity(), pagesUp(to));
        for (int offset = (int)(from / PAGE * PAGE); offset < end; offset += PAGE)
        {
            if (differs(offset, PAGE))
            {
                lost.set(offset / PAGE);
                lostImage.putBytes(offset, cache, offset, PAGE);
            }
        }
    }

    /** The kernel writes back dirty sectors when it likes: one of {@code oneOf}. */
    void writeBack(final SplittableRandom random, final int oneOf, final long from, final long to)
    {
        final int end = (int)Math.min(Math.min(minSize, to), disk.capacity());
        for (int offset = (int)(from / SECTOR * SECTOR); offset + SECTOR <= end; offset += SECTOR)
        {
            if (differs(offset, SECTOR) && isWritable(offset) && random.nextInt(oneOf) == 0)
            {
                disk.putBytes(offset, cache, offset, SECTOR);
            }
        }
    }

    /** All of it, unchanged: what another process would see after this one died. */
    SimulatedContent copy()
    {
        final SimulatedContent copy = new SimulatedContent(pool);
        copy.resize(size);
        copy.durableSize = durableSize;
        copy.minSize = minSize;
        copy.allocated = allocated;
        copy.cache = replaced(copy.cache, cache);
        copy.disk = replaced(copy.disk, disk);
        if (lostImage != null)
        {
            copy.lostImage = pool.take(lostImage.capacity());
            copy.lostImage.putBytes(0, lostImage, 0, lostImage.capacity());
            copy.lost.or(lost);
        }
        return copy;
    }

    /** What the disk holds after a power loss. */
    SimulatedContent afterPowerLoss(final SplittableRandom random, final SectorSurvival survival)
    {
        final long kept = sizeKept(random);
        final boolean truncationKept = kept != durableSize || minSize >= durableSize;
        final SimulatedContent after = new SimulatedContent(pool);
        after.resize(kept);
        after.durableSize = kept;
        after.minSize = kept;
        after.allocated = pagesUp(kept);
        final long stable = Math.min(minSize, kept);
        if (truncationKept)
        {
            after.disk.putBytes(0, disk, 0, (int)Math.min(kept, minSize));
        }
        else
        {
            after.disk.putBytes(0, disk, 0, (int)kept);
        }
        final long end = truncationKept ? kept : stable;
        for (int offset = 0; offset < end; offset += SECTOR)
        {
            final int length = (int)Math.min(SECTOR, end - offset);
            if (cacheDiffersFrom(after.disk, offset, length) && isWritable(offset) && survival.survives())
            {
                after.disk.putBytes(offset, cache, offset, length);
            }
        }
        after.cache.putBytes(0, after.disk, 0, (int)kept);
        return after;
    }

    private long sizeKept(final SplittableRandom random)
    {
        if (size == durableSize && minSize >= size)
        {
            return size;
        }
        final int choice = random.nextInt(4);
        if (choice == 0)
        {
            return durableSize;
        }
        if (choice == 1)
        {
            return Math.min(minSize, size);
        }
        final long low = Math.min(minSize, size);
        return choice == 2 ? size : Math.max(low, (low + random.nextLong(size - low + 1)) / SECTOR * SECTOR);
    }

    /** Sectors that a power loss may or may not keep. */
    int dirtySectors()
    {
        int count = 0;
        for (int offset = 0; offset < size; offset += SECTOR)
        {
            count += differs(offset, SECTOR) ? 1 : 0;
        }
        return count;
    }

    void putDurable(final int offset, final byte value)
    {
        cache.putByte(offset, value);
        disk.putByte(offset, value);
    }

    /** Takes back any subset of the 4-byte words that changed since {@code old}: a process that died in the middle of its stores. */
    void tear(final SimulatedContent old, final SplittableRandom draw, final int mode)
    {
        final int end = (int)Math.min(size, old.size);
        for (int offset = 0; offset + Integer.BYTES <= end; offset += Integer.BYTES)
        {
            if (cache.getInt(offset) != old.cache.getInt(offset))
            {
                final boolean taken = mode == 0 ? draw.nextInt(8) == 0 : mode == 1 ? draw.nextInt(8) != 0 : draw.nextBoolean();
                if (taken)
                {
                    cache.putInt(offset, old.cache.getInt(offset));
                }
            }
        }
    }

    void giveBack()
    {
        pool.give(cache);
        pool.give(disk);
        if (lostImage != null)
        {
            pool.give(lostImage);
            lostImage = null;
        }
    }

    private boolean isWritable(final int offset)
    {
        final int page = offset / PAGE;
        if (!lost.get(page))
        {
            return true;
        }
        if (same(cache, lostImage, page * PAGE, PAGE))
        {
            return false;
        }
        lost.clear(page);
        return true;
    }

    private boolean differs(final int offset, final int length)
    {
        return !same(cache, disk, offset, length);
    }

    private boolean cacheDiffersFrom(final UnsafeBuffer other, final int offset, final int length)
    {
        return !same(cache, other, offset, length);
    }

    private static boolean same(final UnsafeBuffer a, final UnsafeBuffer b, final int offset, final int length)
    {
        int i = offset;
        final int end = offset + length;
        for (; i + Long.BYTES <= end; i += Long.BYTES)
        {
            if (a.getLong(i) != b.getLong(i))
            {
                return false;
            }
        }
        for (; i < end; i++)
        {
            if (a.getByte(i) != b.getByte(i))
            {
                return false;
            }
        }
        return true;
    }

    private UnsafeBuffer replaced(final UnsafeBuffer small, final UnsafeBuffer source)
    {
        UnsafeBuffer target = small;
        if (small.capacity() != source.capacity())
        {
            pool.give(small);
            target = pool.take(source.capacity());
        }
        target.putBytes(0, source, 0, source.capacity());
        return target;
    }

    private UnsafeBuffer grown(final UnsafeBuffer old, final long lengthBytes)
    {
        final UnsafeBuffer larger = pool.take(lengthBytes);
        larger.putBytes(0, old, 0, old.capacity());
        pool.give(old);
        return larger;
    }

    static long pagesUp(final long bytes)
    {
        return (bytes + PAGE - 1) / PAGE * PAGE;
    }
}
