package io.cairn.engine.pipeline;

import io.cairn.engine.install.IncrementFiles;
import io.cairn.engine.install.IncrementWriter;
import io.cairn.engine.install.TransferCargo;
import io.cairn.engine.install.TransferMessage;
import io.cairn.engine.install.TransferOutlet;
import io.cairn.engine.install.TransferSettings;
import io.cairn.engine.raft.Membership;
import io.cairn.snapshot.SnapshotStore;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The sender's part before an increment is sent: asks the member on which of its states one could be built, has the Applier freeze the state if
 * it knows what has changed since, and writes that to a file. For one member at a time. Where anything stands in the way the whole snapshot is
 * sent instead, and where one was refused the next one is whole.
 *
 * <pre>
 *   IDLE ──► ASKING ──BASE──► CAPTURING ──known here──► WRITING ──► the cargo is handed over ──► IDLE
 *               └─no base, no answer──────└──not known────────└──longer than the whole──► the member gets the whole
 * </pre>
 *
 * <p>What is asked for is a snapshot that the member holds, not only its last applied entry: its state is built from that beside the one in use.
 * An entry that was applied is committed, and so is everything up to the index that the increment leads to, so both are of one history whoever
 * led in between; the digest at the end is there for what nobody thought of.
 *
 * <p>Owner: the Snapshotter.
 */
final class IncrementDesk {
    private enum Step {
        IDLE, ASKING, CAPTURING, WRITING
    }

    private final TransferSettings settings;
    private final TransferOutlet outlet;
    private final TransferDesk desk;
    private final SnapshotStore store;
    private final SnapshotHandover handover;
    private final Wakeup applierWakeup;
    private final PipelineContext context;
    private final IncrementFiles files;
    private final boolean[] wholeNext = new boolean[Membership.MEMBERS_MAX];
    private final boolean[] refused = new boolean[Membership.MEMBERS_MAX];
    private final TransferMessage out = new TransferMessage();
    private final UnsafeBuffer none = new UnsafeBuffer(0, 0);

    private Step step = Step.IDLE;
    private int peer;
    private long transferId;
    private long askedNs;
    private long heardNs;
    private boolean asked;
    private IncrementWriter writer;
    private TransferCargo ready;

    IncrementDesk(final PipelineContext context, final TransferSettings settings, final IncrementFiles files, final TransferOutlet outlet) {
        this.context = context;
        this.settings = settings;
        this.files = files;
        this.outlet = outlet;
        desk = context.transferDesk;
        store = context.snapshots;
        handover = context.incrementHandover;
        applierWakeup = context.applierWakeup;
    }

    /** @return true when an increment is to be tried for a member before the whole. */
    boolean isFor(final int member) {
        return context.transferIncrements && !wholeNext[member] && !refused[member];
    }

    /** Begin, unless it is under way for this or another member. */
    int prepare(final int member, final long id, final long nowNs) {
        if (Step.IDLE != step || null != ready) {
            return 0;
        }
        peer = member;
        transferId = id;
        asked = false;
        heardNs = nowNs;
        step = Step.ASKING;
        return 1;
    }

    boolean isIdle() {
        return Step.IDLE == step && null == ready;
    }

    /** @return amount of work done. */
    int doWork(final long nowNs) {
        if (Step.IDLE == step) {
            return 0;
        }
        if (!desk.isLeading() || 0 == (desk.due() & 1L << peer)) {
            if (Step.CAPTURING != step || handover.isCaptured() || handover.isFailed()) {
                close();
            }
            return 1;
        }
        return switch (step) {
            case ASKING -> ask(nowNs);
            case CAPTURING -> awaitCapture();
            default -> write(nowNs);
        };
    }

    private int ask(final long nowNs) {
        if (nowNs - heardNs > settings.silenceNs()) {
            sendWhole();
            return 1;
        }
        if (asked && nowNs - askedNs < settings.repeatNs()) {
            return 0;
        }
        out.blank();
        out.type = TransferMessage.ASK;
        out.from = settings.selfId();
        out.to = peer;
        out.term = desk.term();
        out.transferId = transferId;
        if (!outlet.send(out, none, 0, 0)) {
            return 0;
        }
        asked = true;
        askedNs = nowNs;
        return 1;
    }

    /** The member says what it has. */
    void onBase(final TransferMessage message, final long nowNs) {
        if (Step.ASKING != step || message.from != peer || message.transferId != transferId) {
            return;
        }
        heardNs = nowNs;
        if (TransferMessage.BUSY == message.reason) {
            return;
        }
        if (0 == message.index) {
            sendWhole();
            return;
        }
        handover.request(message.index);
        applierWakeup.signal();
        step = Step.CAPTURING;
    }

    private int awaitCapture() {
        if (handover.isFailed()) {
            handover.done();
            sendWhole();
            return 1;
        }
        if (!handover.isCaptured()) {
            return 0;
        }
        final IncrementWriter.Request request = new IncrementWriter.Request();
        request.tables = context.storage.state().tables();
        request.pin = handover.pin();
        request.baseEpoch = handover.baseEpoch();
        request.baseIndex = handover.baseIndex();
        request.index = handover.index();
        request.term = handover.term();
        request.timestampMs = handover.timestampMs();
        request.walChain = handover.chain();
        request.configuration = handover.configuration();
        request.machineName = context.storage.machineName();
        request.lengthMax = store.newest().map(store::chainBytes).orElse(Long.MAX_VALUE);
        final boolean isPaged = handover.machineSnapshot().inTables();
        handover.machineSnapshot().close();
        handover.done();
        if (!isPaged) {
            request.pin.release();
            sendWhole();
            return 1;
        }
        try {
            writer = new IncrementWriter(files, request, settings.bytesPerSecond());
            step = Step.WRITING;
        } catch (final RuntimeException ex) {
            request.pin.release();
            failed(ex);
        }
        return 1;
    }

    private int write(final long nowNs) {
        try {
            final int work = writer.doWork(nowNs);
            if (!writer.isOver()) {
                return work;
            }
        } catch (final RuntimeException ex) {
            failed(ex);
            return 1;
        }
        ready = writer.take();
        if (null == ready) {
            sendWhole();
        } else {
            closeWriter();
            step = Step.IDLE;
        }
        return 1;
    }

    private void failed(final RuntimeException cause) {
        context.statistics.onSnapshotFailure(cause);
        sendWhole();
    }

    private void sendWhole() {
        wholeNext[peer] = true;
        close();
    }

    /** @return what is to be sent to {@link #peer()} now, or null; the caller's from then on. */
    TransferCargo takeReady() {
        final TransferCargo cargo = ready;
        ready = null;
        return cargo;
    }

    /** @return for whom. */
    int peer() {
        return peer;
    }

    /**
     * A transfer ended. What spoke for the whole is looked at again the next time, since the member may have a snapshot then, or be back at all; but
     * an increment that was refused is not tried again before the whole has come through.
     */
    void ended(final int member, final boolean isDone, final boolean isRefusedIncrement) {
        refused[member] = !isDone && (refused[member] || isRefusedIncrement);
        wholeNext[member] = false;
    }

    /** @return lowest entry of the log that is needed behind what is being written. */
    long logNeededFrom() {
        final long written = null == writer ? Long.MAX_VALUE : writer.index() + 1;
        return null == ready ? written : Math.min(written, ready.index() + 1);
    }

    private void closeWriter() {
        if (null != writer) {
            writer.close();
            writer = null;
        }
    }

    void close() {
        closeWriter();
        if (null != ready) {
            ready.close();
            ready = null;
        }
        if (Step.CAPTURING == step) {
            release(handover);
        }
        step = Step.IDLE;
    }

    /** What was captured is not needed. */
    static void release(final SnapshotHandover handover) {
        if (handover.isCaptured()) {
            handover.pin().release();
            handover.machineSnapshot().close();
            handover.done();
        } else if (handover.isFailed()) {
            handover.done();
        }
    }
}
