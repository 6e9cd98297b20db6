package io.cairn.snapshot;

import io.cairn.fsm.page.FrozenRoot;
import io.cairn.fsm.page.LivePages;
import io.cairn.fsm.page.PageArena;
import io.cairn.fsm.page.PageDescriptor;
import io.cairn.fsm.page.PageStateException;
import io.cairn.fsm.page.Tables;
import io.cairn.snapshot.SnapshotManifest.PageImage;
import io.cairn.wal.io.StorageException;
import io.cairn.wal.io.StorageFile;
import io.cairn.wal.io.StorageIo;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Reads a snapshot and its chain into a blank arena: large sequential reads, each page checked while it is in the cache and copied once to its
 * place. One pass over the files; nothing is allocated per page.
 *
 * <p>Owner: the thread that opens the store. With more than one read thread the slots of each file are split into as many contiguous parts.
 */
final class SnapshotReader {
    private static final int READ_LENGTH = 1 << 20;
    private static final int GAP_BYTES_MAX = 64 << 10;

    private final StorageIo io;
    private final Path snapshots;
    private final int threads;
    private final boolean verifyStructure;
    private final ReadPace pace;
    private final AtomicLong bytesRead = new AtomicLong();

    /** As fast as it goes, with the threads of the context. */
    SnapshotReader(final SnapshotContext context) {
        this(context, ReadPace.NONE);
    }

    /** With a pace, on the calling thread alone. */
    SnapshotReader(final SnapshotContext context, final ReadPace pace) {
        this.pace = pace;
        io = context.storageIo();
        snapshots = context.dir();
        threads = ReadPace.NONE == pace ? context.readThreads() : 1;
        verifyStructure = context.verifyStructure();
    }

    /**
     * Restores a chain.
     *
     * @param manifests the snapshot first, then what it is built on.
     * @param factory   makes the arena.
     * @param chain     opened over the manifests, takes what is wrong.
     * @return the state, or null if the chain's findings say why not; the arena is closed then.
     */
    LoadedSnapshot restore(final List<SnapshotManifest> manifests, final ArenaFactory factory, final SnapshotChain chain) {
        if (!chain.isValid()) {
            return null;
        }
        final SnapshotManifest top = manifests.get(0);
        final Path dir = snapshots.resolve(top.name());
        try {
            bytesRead.addAndGet(MachineFiles.check(io, dir, top, chain.findings(top)));
        } catch (final StorageException e) {
            chain.findings(top).add(String.valueOf(e.path() == null ? "" : e.path().getFileName()), 0, -1, e.getMessage());
        }
        if (!chain.isValid()) {
            return null;
        }
        final PageImage image = top.pages();
        final PageArena arena = factory.newArena(image.pageSize(), image.pageCount());
        Tables tables = null;
        try {
            if (arena.pageSize() != image.pageSize()) {
                throw new SnapshotException("the snapshot " + top.name() + " has pages of " + image.pageSize() + " bytes, the arena is made for " +
                    arena.pageSize() + ": set the page size to the snapshot's");
            }
            reserve(arena, top);
            for (final ChainElement element : chain.elements()) {
                readPages(element, arena, chain.findings(element.manifest()));
            }
            if (chain.isValid()) {
                final FrozenRoot root = new FrozenRoot(image.epoch(), image.catalogRoot(), image.pageCount(), image.livePages());
                tables = verifyStructure ? Tables.restore(arena, root) : Tables.restore(arena, root, live(chain.live()));
            }
        } catch (final PageStateException e) {
            chain.findings(top).add(PageFile.FILE_NAME, 0, -1, "every page is intact, but together they make no state: " + e.getMessage());
        } finally {
            if (tables == null) {
                arena.close();
            }
        }
        return tables == null ? null : new LoadedSnapshot(top, tables, MachineFiles.source(io, dir, top), bytesRead.get());
    }

    private static LivePages live(final PageBitmap pages) {
        final LivePages live = new LivePages(pages.pageCount());
        for (int page = pages.next(0); page < pages.pageCount(); page = pages.next(page + 1)) {
            live.add(page);
        }
        return live;
    }

    /** Too small an arena is a matter of configuration, not damage: the restore ends here instead of trying an older snapshot. */
    private static void reserve(final PageArena arena, final SnapshotManifest top) {
        try {
            arena.beginRestore(top.pages().pageCount());
        } catch (final PageStateException e) {
            throw new SnapshotException("the snapshot " + top.name() + " does not fit: " + e.getMessage(), e);
        }
    }

    private void readPages(final ChainElement element, final PageArena arena, final Findings findings) {
        final int pageCount = element.assigned().pageCount();
        final long pages = element.assigned().cardinality();
        if (threads == 1 || pages * arena.pageSize() < (long)threads * READ_LENGTH) {
            readPart(element, arena, 0, pageCount, findings);
            return;
        }
        final AtomicReference<RuntimeException> failure = new AtomicReference<>();
        final Thread[] others = new Thread[threads - 1];
        for (int i = 0; i < others.length; i++) {
            final int from = (int)((long)pageCount * (i + 1) / threads);
            final int to = (int)((long)pageCount * (i + 2) / threads);
            others[i] = new Thread(() -> {
                try {
                    readPart(element, arena, from, to, findings);
                } catch (final RuntimeException e) {
                    failure.compareAndSet(null, e);
                }
            }, "cairn-snapshot-reader-" + (i + 1));
            others[i].setDaemon(true);
            others[i].start();
        }
        try {
            readPart(element, arena, 0, (int)((long)pageCount / threads), findings);
        } finally {
            join(others);
        }
        if (failure.get() != null) {
            throw failure.get();
        }
    }

    /** Waits for all, whatever happens: they write to the arena. */
    private static void join(final Thread[] threads) {
        boolean interrupted = false;
        for (final Thread thread : threads) {
            while (thread.isAlive()) {
                try {
                    thread.join();
                } catch (final InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Reads the assigned pages with ids from {@code from} to below {@code to}. */
    private void readPart(final ChainElement element, final PageArena arena, final int from, final int to, final Findings findings) {
        final ByteBuffer memory = ByteBuffer.allocateDirect(READ_LENGTH);
        final UnsafeBuffer buffer = new UnsafeBuffer(memory);
        final StoredPages batchEnd = new StoredPages(element, from, to);
        final StoredPages pages = new StoredPages(element, from, to);
        final int pageSize = arena.pageSize();
        final int slotsMax = READ_LENGTH / pageSize;
        final int gapMax = Math.max(1, GAP_BYTES_MAX / pageSize);
        try (StorageFile file = element.openPages()) {
            while (batchEnd.isThere()) {
                final int firstSlot = batchEnd.slot();
                int endSlot = firstSlot;
                while (batchEnd.isThere() && batchEnd.slot() - firstSlot < slotsMax && batchEnd.slot() - endSlot <= gapMax) {
                    endSlot = batchEnd.slot() + 1;
                    batchEnd.advance();
                }
                final int length = (endSlot - firstSlot) * pageSize;
                FileBytes.readFully(file, PageFile.position(firstSlot, pageSize), buffer, 0, length);
                bytesRead.addAndGet(length);
                place(pages, arena, buffer, firstSlot, endSlot, findings);
                pace.onRead(length);
            }
        } catch (final StorageException e) {
            findings.add(PageFile.FILE_NAME, pages.isThere() ? PageFile.position(pages.slot(), pageSize) : 0, pages.page(), e.getMessage());
        } finally {
            BufferUtil.free(memory);
        }
    }

    private static void place(
        final StoredPages pages, final PageArena arena, final UnsafeBuffer buffer, final int firstSlot, final int endSlot, final Findings findings) {
        final UnsafeBuffer target = new UnsafeBuffer(0, 0);
        final long epoch = pages.image().epoch();
        final int pageSize = arena.pageSize();
        while (pages.isThere() && pages.slot() < endSlot) {
            final int offset = (pages.slot() - firstSlot) * pageSize;
            final int computed = Checksums.of(buffer, offset, pageSize);
            final int stated = pages.checksum();
            final long address = buffer.addressOffset() + offset;
            if (computed != stated) {
                findings.addChecksum(PageFile.FILE_NAME, PageFile.position(pages.slot(), pageSize), pages.page(), pageSize, computed, stated);
            } else if (PageDescriptor.pageId(address) != pages.page() || PageDescriptor.epoch(address) > epoch) {
                findings.add(PageFile.FILE_NAME, PageFile.position(pages.slot(), pageSize), pages.page(), "it says it is page " +
                    PageDescriptor.pageId(address) + " of epoch " + PageDescriptor.epoch(address) + ", the snapshot is of epoch " + epoch);
            }
            target.wrap(arena.address(pages.page()), pageSize);
            target.putBytes(0, buffer, offset, pageSize);
            pages.advance();
        }
    }
}
