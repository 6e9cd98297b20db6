package io.cairn.snapshot;

import io.cairn.fsm.page.FrozenRoot;
import io.cairn.fsm.page.PageArena;
import io.cairn.fsm.page.PageDescriptor;
import io.cairn.fsm.page.PageWalker;
import io.cairn.snapshot.SnapshotManifest.PageImage;
import io.cairn.snapshot.SnapshotManifest.SnapshotBase;
import org.agrona.concurrent.UnsafeBuffer;

import java.util.Optional;

/**
 * Writes one snapshot from a pinned root in bounded slices and publishes it. Made by {@link SnapshotStore#begin}.
 *
 * <p>The live pages are found by one walk over the pinned root, then written in ascending order of id straight
 * from page memory, so that the file grows from front to back whatever the shape of the trees.
 *
 * <p>Owner: the Snapshotter; {@link #state()}, {@link #bytesWritten()}, {@link #bytesExpected()} may be read and {@link #requestCancel()} be
 * called by
 * any thread.
 */
public final class SnapshotWriter {
    /** Where it stands. */
    public enum State {
        /** Finding the pages that belong to the root. */
        WALKING,
        /** Writing pages. */
        PAGES,
        /** Writing the machine's own files. */
        MACHINE,
        /** Waiting for the index to be durable, then forcing and publishing. */
        PUBLISHING,
        /** It is published and durable. */
        PUBLISHED,
        /** It failed and left nothing; {@link #failure()} says why. */
        FAILED,
        /** It was cancelled and left nothing. */
        CANCELLED
    }

    /** Pages visited by one duty cycle of the walk: about a tenth of a millisecond. */
    private static final int WALK_PAGES = 512;

    /** What a visited page counts for the rate limit: the walk pauses like the writing does, and leaves the core to others most of the time. */
    private static final int WALK_BYTES = 256;

    private final Listener listener;
    private final SnapshotContext context;
    private final SnapshotBuffers buffers;
    private final SnapshotRequest request;
    private final SnapshotManifest base;
    private final RateLimit rate;
    private final UnsafeBuffer page = new UnsafeBuffer(0, 0);
    private final PageProvider provider = this::copyPage;
    private PageWalker walker;
    private SnapshotBuild build;
    private PageArena arena;
    private boolean machineWritten;
    private boolean machineClosed;
    private SnapshotManifest published;
    private SnapshotException failure;
    private volatile State state = State.WALKING;
    private volatile long bytesWritten;
    private volatile long bytesExpected;
    private volatile boolean cancelRequested;

    /** Writes relative to {@code base}, or a full one when that is null. */
    SnapshotWriter(
        final SnapshotContext context, final SnapshotBuffers buffers, final SnapshotRequest request, final SnapshotManifest base,
        final Listener listener) {
        this.listener = listener;
        this.context = context;
        this.buffers = buffers;
        this.request = request;
        this.base = base;
        rate = new RateLimit(context.rateBytesPerSecond());
    }

    /**
     * One slice of work. Failures of the disk end in {@link State#FAILED}; they are not thrown.
     *
     * @param nowNs monotonic time, for the rate limit.
     * @return bytes written, or 1 for other work; 0 when the rate limit says to wait, when the index is not durable yet, or when it is done.
     */
    public int doWork(final long nowNs) {
        if (isDone()) {
            return 0;
        }
        if (cancelRequested) {
            cancel();
            return 1;
        }
        if (!rate.allows(nowNs)) {
            return 0;
        }
        try {
            final long before = bytesWritten;
            final boolean walking = state == State.WALKING;
            final int work = step();
            rate.spent(walking ? WALK_PAGES * WALK_BYTES : bytesWritten - before, nowNs);
            return work;
        } catch (final RuntimeException e) {
            fail(e);
            return 1;
        }
    }

    /**
     * When the rate limit lets the next slice go.
     *
     * @return monotonic time of {@link #doWork}'s clock, ns; meaningful while it says to wait.
     */
    public long nextWorkNs() {
        return rate.nextNs();
    }

    /** Gives up and removes everything written; harmless when done. */
    public void cancel() {
        if (!isDone()) {
            end(State.CANCELLED);
        }
    }

    /** Asks the Snapshotter to {@link #cancel()} at its next duty cycle. Any thread. */
    public void requestCancel() {
        cancelRequested = true;
    }

    /**
     * Where it stands. Any thread.
     *
     * @return the state.
     */
    public State state() {
        return state;
    }

    /**
     * Published, failed or cancelled. Any thread.
     *
     * @return true if there is nothing left to do.
     */
    public boolean isDone() {
        final State current = state;
        return current == State.PUBLISHED || current == State.FAILED || current == State.CANCELLED;
    }

    /**
     * What was published.
     *
     * @return empty unless {@link State#PUBLISHED}.
     */
    public Optional<SnapshotManifest> manifest() {
        return Optional.ofNullable(published);
    }

    /**
     * Why it failed.
     *
     * @return null unless {@link State#FAILED}.
     */
    public SnapshotException failure() {
        return failure;
    }

    /**
     * Bytes written so far. Any thread.
     *
     * @return bytes.
     */
    public long bytesWritten() {
        return bytesWritten;
    }

    /**
     * Bytes it will write in all, as far as known: the machine's own files come on top. Any thread.
     *
     * @return bytes; 0 while walking.
     */
    public long bytesExpected() {
        return bytesExpected;
    }

    private int step() {
        switch (state) {
            case WALKING:
                if (walkSlice()) {
                    build = new SnapshotBuild(context, buffers, describe());
                    build.open();
                    build.machine().cancelledBy(() -> cancelRequested);
                    state = State.PAGES;
                }
                return 1;
            case PAGES:
                final int written = build.pagesSlice(provider);
                if (written < 0) {
                    request.pin.release();
                    state = State.MACHINE;
                    return 1;
                }
                bytesWritten += written;
                return written;
            case MACHINE:
                return machineSlice();
            default:
                if (context.durableIndex().getAsLong() < request.index) {
                    return 0;
                }
                published = build.publish();
                build = null;
                listener.onPublished(published);
                release();
                state = State.PUBLISHED;
                return 1;
        }
    }

    private int machineSlice() {
        final MachineFileWriter machine = build.machine();
        final long before = machine.bytesWritten();
        if (!machineWritten) {
            machineWritten = true;
            if (!request.machineSnapshot.inTables()) {
                request.machineSnapshot.writeTo(machine);
            }
            closeMachineSnapshot();
        } else if (machine.adoptSlice() < 0) {
            state = State.PUBLISHING;
        }
        bytesWritten += machine.bytesWritten() - before;
        return (int)Math.max(1, Math.min(Integer.MAX_VALUE, machine.bytesWritten() - before));
    }

    /** Finds some more live pages, and which of them are newer than the base; true when all are found. */
    private boolean walkSlice() {
        final FrozenRoot root = request.pin.root();
        if (walker == null) {
            arena = request.tables.arena();
            walker = new PageWalker(arena);
            walker.start(root, 0);
            buffers.live.reset(root.pageCount());
            buffers.stored.reset(root.pageCount());
        }
        final long baseEpoch = base == null ? Long.MIN_VALUE : base.pages().epoch();
        for (int i = 0; i < WALK_PAGES; i++) {
            if (!walker.next()) {
                return true;
            }
            final int pageId = walker.pageId();
            final long epoch = walker.epoch();
            if (!buffers.live.add(pageId) || epoch > root.epoch()) {
                throw new SnapshotException("page " + pageId + " of epoch " + epoch + " is out of place below a root of epoch " + root.epoch() +
                    " with " + root.pageCount() + " pages: the pages in memory are damaged, restart from the last snapshot");
            }
            if (epoch > baseEpoch) {
                buffers.stored.add(pageId);
            }
        }
        return false;
    }

    /** Decides between full and incremental, and says what is being written. */
    private SnapshotManifest.Builder describe() {
        final FrozenRoot root = request.pin.root();
        final PageBitmap live = buffers.live;
        final PageBitmap stored = buffers.stored;
        final boolean incremental = base != null && (long)stored.cardinality() * 100 <= (long)live.cardinality() * context.incrementPercentMax();
        final int storedPages = incremental ? stored.cardinality() : live.cardinality();
        final SnapshotManifest.Builder manifest = new SnapshotManifest.Builder();
        manifest.index = request.index;
        manifest.term = request.term;
        manifest.timestampMs = request.timestampMs;
        manifest.createdMs = request.createdMs;
        manifest.walChain = request.walChain;
        manifest.clusterId = context.clusterId();
        manifest.machineName = context.machineName();
        manifest.machineVersion = context.machineVersion();
        manifest.configuration = request.configuration;
        manifest.base = incremental ? new SnapshotBase(base.name(), base.pages().epoch(), ManifestText.checksum(base)) : null;
        manifest.pages =
            new PageImage(root.epoch(), root.catalogRoot(), arena.pageSize(), root.pageCount(), live.cardinality(), storedPages);
        bytesExpected = (long)storedPages * arena.pageSize();
        return manifest;
    }

    private int copyPage(final int pageId, final UnsafeBuffer dst, final int offset) {
        final int pageSize = arena.pageSize();
        final long address = arena.address(pageId);
        if (PageDescriptor.pageId(address) != pageId) {
            throw new SnapshotException("page " + pageId + " in memory says it is page " + PageDescriptor.pageId(address) +
                ": the pages in memory are damaged, restart from the last snapshot");
        }
        final int crc = Checksums.of(address, pageSize);
        page.wrap(address, pageSize);
        dst.putBytes(offset, page, 0, pageSize);
        return crc;
    }

    private void fail(final RuntimeException cause) {
        failure = new SnapshotException(
            "the snapshot of index " + request.index + " failed and was removed, the log is kept: " + cause.getMessage(), cause);
        end(State.FAILED);
    }

    private void end(final State last) {
        if (build != null) {
            build.discard();
        }
        release();
        state = last;
    }

    private void release() {
        request.pin.release();
        try {
            closeMachineSnapshot();
        } catch (final RuntimeException ignore) {
            // It was abandoned; the machine's next snapshot does not depend on it.
        }
        listener.onDone();
    }

    private void closeMachineSnapshot() {
        if (!machineClosed) {
            machineClosed = true;
            request.machineSnapshot.close();
        }
    }

    /** Hears of the end; neither method throws. */
    interface Listener {
        /** It is published and durable. */
        void onPublished(SnapshotManifest manifest);

        /** It is published, failed or cancelled, and has let go of everything. */
        void onDone();
    }
}
