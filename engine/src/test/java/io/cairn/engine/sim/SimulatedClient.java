package io.cairn.engine.sim;

import io.cairn.engine.StorageEngine;
import io.cairn.engine.client.ReplyHandler;
import io.cairn.engine.client.ReplyStatus;
import io.cairn.engine.embedded.EmbeddedClient;
import io.cairn.engine.embedded.SessionIdentity;
import io.cairn.fsm.ApplyStatus;
import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.LongSupplier;

/**
 * One client with one operation under way: looks for the leader, opens or resumes its session, asks, asks again with the same serial when the answer
 * was lost, and tells its workload what it was told. Owner: one thread.
 */
final class SimulatedClient implements ReplyHandler {
    private static final long ANSWER_MAX_NS = 1_000_000_000L;
    private static final int WINDOW = 8;
    private static final int NONE = -1;

    private final int id;
    private final SplittableRandom random;
    private final LongSupplier clock;
    private final Coverage coverage;
    private final Workload workload;
    private final long sessionTimeoutMs;
    private final int strayPercent;
    private final int ficklePercent;
    private long patienceNs;
    private final ExpandableArrayBuffer command = new ExpandableArrayBuffer(256);
    private final ExpandableArrayBuffer query = new ExpandableArrayBuffer(64);

    private StorageEngine engine;
    private EmbeddedClient link;
    private int life;
    private long awaited = NONE;
    private long sinceNs;
    private boolean isOpening;
    /** A read that was sent right behind a write, without waiting for its answer. */
    private long readBack = NONE;

    private boolean isBusy;
    private int commandLength;
    private long serial;
    private long sessionId;
    private boolean isSent;
    private long acknowledgedCount;
    private boolean isStopped;

    SimulatedClient(
        final int id,
        final SplittableRandom random,
        final LongSupplier clock,
        final Coverage coverage,
        final Workload workload,
        final long sessionTimeoutMs) {
        this.id = id;
        this.random = random;
        this.clock = clock;
        this.coverage = coverage;
        this.workload = workload;
        this.sessionTimeoutMs = sessionTimeoutMs;
        strayPercent = random.nextInt(100);
        ficklePercent = 0 == random.nextInt(3) ? random.nextInt(100) : 0;
        patienceNs = (long)(ANSWER_MAX_NS * Math.exp(-4.6 * random.nextDouble()));
    }

    /** Operations that were answered. */
    long acknowledgedCount() {
        return acknowledgedCount;
    }

    /** Begin no further operation. */
    void stop() {
        isStopped = true;
    }

    /** From now on wait for an answer for as long as one may take. */
    void bePatient() {
        patienceNs = Math.max(patienceNs, ANSWER_MAX_NS);
    }

    boolean isIdle() {
        return !isBusy;
    }

    /** The engine that it talks to is no more. */
    void onEngineGone(final StorageEngine gone) {
        if (engine == gone) {
            forget();
        }
    }

    private void forget() {
        engine = null;
        link = null;
        awaited = NONE;
        isOpening = false;
        readBack = NONE;
    }

    private void disconnect() {
        if (null != link) {
            link.close();
        }
        forget();
    }

    /** The client's process dies: its operation is never answered, its session is never closed. */
    void crash() {
        coverage.add(Coverage.Event.CLIENT_CRASH);
        disconnect();
        if (isBusy) {
            giveUp();
        }
        life++;
        sessionId = 0;
        serial = 0;
    }

    private void giveUp() {
        coverage.add(Coverage.Event.OPERATION_UNKNOWN);
        if (isSent) {
            workload.onUnknown();
        }
        isBusy = false;
        serial = 0;
    }

    /** @return the engine that it is linked to, which each of its calls drives; null where there is none. */
    StorageEngine linkedTo() {
        return null == link ? null : engine;
    }

    /** One step: connect, ask, or look for an answer. */
    void step(final List<StorageEngine> engines) {
        if (null == link) {
            if (!engines.isEmpty() && (!isStopped || isBusy)) {
                connect(engines);
            }
        } else if (NONE != awaited) {
            awaitAnswer();
        } else if (!isBusy) {
            if (!isStopped) {
                begin();
            }
        } else if (!workload.isQuery() && null == link.session()) {
            open();
        } else {
            send();
        }
    }

    private void connect(final List<StorageEngine> engines) {
        StorageEngine chosen = engines.get(random.nextInt(engines.size()));
        if (random.nextInt(100) >= strayPercent) {
            // There may be more than one that takes itself for the leader.
            int leaders = 0;
            for (final StorageEngine one : engines) {
                if (one.isLeader() && 0 == random.nextInt(++leaders)) {
                    chosen = one;
                }
            }
        }
        engine = chosen;
        link = (EmbeddedClient)engine.newClient();
    }

    private void awaitAnswer() {
        if (0 == link.poll(this, 1) && null != link && clock.getAsLong() - sinceNs > patienceNs) {
            disconnect();
        }
    }

    private void open() {
        isOpening = true;
        await(link.openSession(sessionTimeoutMs, WINDOW, ("client-" + id + "-" + life).getBytes(StandardCharsets.US_ASCII)));
    }

    private void await(final long correlationId) {
        if (correlationId >= 0) {
            awaited = correlationId;
            sinceNs = clock.getAsLong();
        } else if (ReplyStatus.BACK_PRESSURED != correlationId) {
            disconnect();
        }
    }

    private void begin() {
        workload.next(life);
        isBusy = true;
        isSent = false;
        commandLength = workload.encode(command);
    }

    private void send() {
        if (isSent) {
            coverage.add(Coverage.Event.OPERATION_RETRIED);
        }
        if (0 == serial && !workload.isQuery()) {
            serial = link.session().nextSerial();
        }
        final long correlationId = workload.isQuery() ? link.query(command, 0, commandLength) :
            link.sessionCommand(serial, serial - 1, command, 0, commandLength);
        isSent |= correlationId >= 0;
        await(correlationId);
        final int length = correlationId >= 0 && !workload.isQuery() ? workload.encodeReadBack(query) : 0;
        readBack = length > 0 ? link.query(query, 0, length) : NONE;
    }

    @Override
    public void onReply(
        final long correlationId, final int status, final long index, final DirectBuffer buffer, final int offset, final int length) {
        if (NONE != readBack && correlationId == readBack) {
            readBack = NONE;
            workload.onReadBack(status, buffer, offset, length);
            return;
        }
        if (correlationId != awaited) {
            return;
        }
        awaited = NONE;
        if (ReplyStatus.UNKNOWN == status || ReplyStatus.NOT_LEADER == status || ReplyStatus.CLOSED == status ||
            ReplyStatus.NO_SPACE == status || ApplyStatus.STATE_FULL == status) {
            disconnect();
        } else if (isOpening) {
            onOpened(status, buffer, offset);
        } else if (ApplyStatus.SESSION_EXPIRED == status) {
            coverage.add(Coverage.Event.SESSION_EXPIRED);
            giveUp();
            life++;
            sessionId = 0;
            disconnect();
        } else {
            onAnswer(index, status, buffer, offset, length);
        }
    }

    private void onOpened(final int status, final DirectBuffer buffer, final int offset) {
        isOpening = false;
        if (status < 0) {
            throw new AssertionError("client " + id + " was refused a session: " + ReplyStatus.name(status));
        }
        final long lastSerial = buffer.getLong(offset + Long.BYTES);
        // A session of the same name may have been opened anew after an expiry, and the answer to that been lost.
        final boolean isResumed = ApplyStatus.SESSION_RESUMED == status && (0 == sessionId || buffer.getLong(offset) == sessionId);
        sessionId = buffer.getLong(offset);
        if (0 != serial) {
            if (isResumed && lastSerial != serial && lastSerial != serial - 1) {
                throw new AssertionError("client " + id + " is at serial " + serial + ", its session at " + lastSerial);
            }
            if (!isResumed) {
                // The session that it was asked in has expired, or was never there.
                if (isSent && serial > 1) {
                    coverage.add(Coverage.Event.SESSION_EXPIRED);
                }
                if (isSent) {
                    giveUp();
                } else {
                    serial = 0;
                }
            }
        }
        link.session(new SessionIdentity(sessionId, lastSerial + 1, isResumed));
    }

    private void onAnswer(final long index, final int status, final DirectBuffer buffer, final int offset, final int length) {
        workload.onAnswer(index, status, buffer, offset, length);
        isBusy = false;
        if (index >= 0 && !workload.isQuery()) {
            serial = 0;
        }
        acknowledgedCount++;
        coverage.add(Coverage.Event.OPERATION_ACKNOWLEDGED);
        if (random.nextInt(100) < ficklePercent) {
            disconnect();
        }
    }

    @Override
    public String toString() {
        return "client " + id + (isBusy ? " " + workload : " idle") + ", serial " + serial + (null == link ? ", no link" : "") +
            (NONE == awaited ? "" : ", awaits since " + sinceNs / 1_000_000 + " ms") + ", " + acknowledgedCount + " acknowledged";
    }
}
