package io.cairn.engine.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import io.cairn.engine.client.AsyncKeyValue;
import io.cairn.engine.client.KeyValueException;
import io.cairn.engine.client.ReplyHandler;
import io.cairn.engine.client.ReplyStatus;
import io.cairn.engine.embedded.EmbeddedClient;
import io.cairn.engine.embedded.SessionIdentity;
import io.cairn.fsm.ApplyStatus;
import io.cairn.fsm.Limits;
import org.agrona.DirectBuffer;
import org.agrona.collections.Long2ObjectHashMap;

/**
 * {@code cairn kv batch}: a window of lines that slides over standard input. One thread runs it; another one reads ahead, since reading may block.
 *
 * <p>Lines are sent in order and answered in order. A command behind a query is not sent before the query is answered, or the query could see what
 * it did: a get reads what the lines before it left, whatever the window. Within a session a line that the engine did not take (its serial came
 * before an earlier one that was refused, or the rings were full) is sent again: the session lets each serial take effect once, so sending again is
 * always safe. What is acknowledged to the session is what was written to standard output and flushed, so an answer that nobody has seen can still be
 * had again.
 */
final class KvBatch implements AutoCloseable, ReplyHandler {
    /** Most lines in flight: as many results as a session keeps. */
    static final int WINDOW_MAX = Limits.SESSION_WINDOW_MAX;

    private static final byte[] END_OF_INPUT = new byte[0];
    private static final int READ_AHEAD = 1024;
    private static final int POLL_LIMIT = 64;
    private static final long CLOSE_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(5);

    private final KvTarget node;
    private final Console console;
    private final int windowMax;
    private final int valueBytesMax;
    private final AsyncKeyValue client;
    private final EmbeddedClient sessionClient;
    private final SessionIdentity session;
    private final boolean isExpired;
    private final BlockingQueue<byte[]> input = new LinkedBlockingQueue<>(READ_AHEAD);
    private final BatchLine[] window;
    private final Long2ObjectHashMap<BatchLine> inFlight = new Long2ObjectHashMap<>();
    private volatile IOException inputFailure;
    private boolean isInputEnded;
    private boolean isInterrupted;
    private long head;
    private long next;
    private long tail;
    private long nextSerial;
    private long acknowledgedSerial;
    private int fatalStatus;
    private int pendingClose;
    private int readsInFlight;
    private long failures;
    private long answers;

    /**
     * Opens the session.
     *
     * @param node        to send to.
     * @param console     to read from and write to.
     * @param windowMax   lines in flight.
     * @param sessionName null for none.
     * @param serial      of the first writing line; 0 for the one after the last that took effect.
     */
    KvBatch(final KvTarget node, final Console console, final int windowMax, final String sessionName, final long serial) {
        this.node = node;
        this.console = console;
        this.windowMax = windowMax;
        this.window = new BatchLine[Integer.highestOneBit(Math.max(1, windowMax * 2 - 1))];
        this.valueBytesMax = node.valueBytesMax();
        this.sessionClient = sessionName == null ? null : node.newSessionClient(sessionName);
        this.session = sessionClient == null ? null : sessionClient.session();
        this.client = sessionClient == null ? node.newClient() : sessionClient;
        this.nextSerial = serial > 0 ? serial : session == null ? 1 : session.nextSerial();
        this.acknowledgedSerial = nextSerial - 1;
        this.isExpired = session != null && serial > 1 && !session.isResumed();
    }

    void run() {
        final Thread reader = new Thread(this::read, "cairn-batch-input");
        reader.setDaemon(true);
        reader.start();
        while (!isInputEnded || head < tail) {
            isInterrupted = console.interruption().isRequested();
            isInputEnded |= isInterrupted;
            int work = take();
            work += send();
            work += client.poll(this, POLL_LIMIT);
            expire();
            work += flush();
            if (work > 0) {
                node.busy();
            } else {
                node.idle();
            }
        }
        if (isInterrupted) {
            // The session stays, for whoever sends the rest.
            throw new CliFailure("interrupted; all that was answered is done, and nothing behind it");
        }
        closeSession();
        if (inputFailure != null) {
            throw new CliFailure("standard input: " + inputFailure.getMessage());
        }
        if (failures > 0) {
            throw new CliFailure(failures + " of " + answers + " commands were answered with ERR or UNKNOWN");
        }
    }

    private void read() {
        try (ByteLines lines = new ByteLines(console.in())) {
            while (lines.next()) {
                if (lines.length() > 0) {
                    input.put(lines.toArray());
                }
            }
        } catch (final IOException ex) {
            inputFailure = ex;
        } catch (final InterruptedException ex) {
            Thread.currentThread().interrupt();
            return;
        }
        try {
            input.put(END_OF_INPUT);
        } catch (final InterruptedException ex) {
            Thread.currentThread().interrupt();
        }
    }

    /** Lines enter the window. While it is empty there is nothing to do but wait for one. */
    private int take() {
        int count = 0;
        while (!isInputEnded && tail - head < windowMax) {
            final byte[] line = head == tail && count == 0 ? awaitLine() : input.poll();
            if (line == null) {
                break;
            }
            if (line == END_OF_INPUT) {
                isInputEnded = true;
            } else {
                enter(BatchLine.parse(line, valueBytesMax));
            }
            count++;
        }
        return count;
    }

    private byte[] awaitLine() {
        try {
            // Woken now and then, so that an engine that the application drives is driven, and one that stopped is noticed.
            return input.poll(100, TimeUnit.MILLISECONDS);
        } catch (final InterruptedException ex) {
            Thread.currentThread().interrupt();
            throw new CliFailure("interrupted");
        }
    }

    private void enter(final BatchLine line) {
        if (line.writes()) {
            line.serial(nextSerial++);
            if (session != null && line.state() == BatchLine.State.ANSWERED && !isExpired) {
                line.takeSerialOnly();
            }
        } else {
            line.serial(nextSerial);
        }
        if (line.state() == BatchLine.State.QUEUED && line.writes() && isExpired) {
            line.error(ReplyStatus.name(ApplyStatus.SESSION_EXPIRED), ReplyStatus.explain(ApplyStatus.SESSION_EXPIRED));
        }
        window[slot(tail)] = line;
        tail++;
    }

    private int slot(final long sequence) {
        return (int)(sequence & window.length - 1);
    }

    private int send() {
        int count = 0;
        while (next < tail) {
            final BatchLine line = window[slot(next)];
            if (line.state() == BatchLine.State.QUEUED && (line.writes() && readsInFlight > 0 || !send(line))) {
                break;
            }
            next++;
            count++;
        }
        return count;
    }

    private boolean send(final BatchLine line) {
        if (fatalStatus != 0 && (line.writes() || fatalStatus == ReplyStatus.CLOSED)) {
            if (!line.takesSerialOnly()) {
                line.error(ReplyStatus.name(fatalStatus), fatalStatus == ReplyStatus.CLOSED ? node.reasonOfEnd() : ReplyStatus.explain(fatalStatus));
            } else {
                line.answered();
            }
            return true;
        }
        final long correlationId = offer(line);
        if (correlationId >= 0) {
            line.sent(System.nanoTime());
            inFlight.put(correlationId, line);
            readsInFlight += line.writes() ? 0 : 1;
            return true;
        }
        if (correlationId == ReplyStatus.BACK_PRESSURED) {
            return false;
        }
        refused(line, (int)correlationId);
        return line.state() == BatchLine.State.ANSWERED;
    }

    private long offer(final BatchLine line) {
        if (!line.writes()) {
            return client.query(line.request(), 0, line.requestLength());
        }
        return session == null ? client.command(line.request(), 0, line.requestLength()) :
            sessionClient.sessionCommand(line.serial(), acknowledgedSerial, line.request(), 0, line.requestLength());
    }

    @Override
    public void onReply(
        final long correlationId, final int status, final long index, final DirectBuffer buffer, final int offset, final int length) {
        final BatchLine line = inFlight.remove(correlationId);
        if (line == null) {
            pendingClose = 0;
            return;
        }
        readsInFlight -= line.writes() ? 0 : 1;
        if (line.state() != BatchLine.State.SENT) {
            return;
        }
        if (status == ApplyStatus.SESSION_GAP && isBehindAnother(line) || isToRepeat(line, status)) {
            line.queued();
            next = head;
        } else if (ReplyStatus.UNKNOWN == status && line.writes()) {
            line.unknown();
        } else if (index < 0 && status < 0) {
            refused(line, status);
        } else {
            line.onReply(status, index, buffer, offset, length);
            if (line.state() == BatchLine.State.QUEUED) {
                next = head;
            }
        }
    }

    /** Nothing was done, for a reason that passes. Without a session a command cannot be repeated: one behind it may have been taken meanwhile. */
    private boolean isToRepeat(final BatchLine line, final int status) {
        final boolean passes = status == ReplyStatus.BACK_PRESSURED || status == ReplyStatus.NOT_LEADER;
        return passes && (session != null || !line.writes());
    }

    /** The gap may be that of an earlier line, which will be sent again; the first of all that wait has a gap before the session's first line. */
    private boolean isBehindAnother(final BatchLine line) {
        for (long sequence = head; sequence < tail; sequence++) {
            final BatchLine other = window[slot(sequence)];
            if (other == line) {
                return false;
            }
            if (other.writes() && other.state() != BatchLine.State.ANSWERED) {
                return true;
            }
        }
        return false;
    }

    /** Nothing was logged. Within a session the serial must be taken all the same, or everything behind it would be a gap. */
    private void refused(final BatchLine line, final int status) {
        if (status == ReplyStatus.NO_SPACE || status == ReplyStatus.CLOSED) {
            fatalStatus = status;
        }
        final boolean isFinal = line.takesSerialOnly() || !line.writes() || session == null || fatalStatus != 0;
        if (line.takesSerialOnly()) {
            fatalStatus = fatalStatus == 0 ? status : fatalStatus;
            line.answered();
        } else {
            line.error(ReplyStatus.name(status), status == ReplyStatus.CLOSED ? node.reasonOfEnd() : ReplyStatus.explain(status));
        }
        if (!isFinal) {
            line.takeSerialOnly();
            next = head;
        }
    }

    /** What the engine will not answer any more, or has not in time, is unknown; a query is simply not answered. */
    private void expire() {
        if (inFlight.isEmpty()) {
            return;
        }
        final boolean isServing = node.isServing();
        final BatchLine first = window[slot(head)];
        final boolean isLate = first.state() == BatchLine.State.SENT && System.nanoTime() - first.sentNs() > node.timeoutNs();
        if (isServing && !isLate) {
            return;
        }
        if (!isServing) {
            client.poll(this, Integer.MAX_VALUE);
            fatalStatus = ReplyStatus.CLOSED;
        }
        for (long sequence = head; sequence < tail; sequence++) {
            final BatchLine line = window[slot(sequence)];
            if (line.state() == BatchLine.State.SENT && (!isServing || line == first)) {
                if (line.writes()) {
                    line.unknown();
                } else {
                    line.error(isServing ? "TIMEOUT" : ReplyStatus.name(ReplyStatus.CLOSED), isServing ? "no answer in time" : node.reasonOfEnd());
                }
            }
        }
        if (!isServing) {
            inFlight.clear();
            readsInFlight = 0;
        }
    }

    private int flush() {
        int count = 0;
        try {
            final OutputStream out = console.bytes();
            while (head < tail && window[slot(head)].state() == BatchLine.State.ANSWERED) {
                final BatchLine line = window[slot(head)];
                line.answer().write('\n');
                line.answer().writeTo(out);
                failures += line.isFailure() ? 1 : 0;
                window[slot(head)] = null;
                head++;
                count++;
            }
            if (count > 0) {
                out.flush();
                if (console.isGone()) {
                    throw new CliFailure("standard output: " + console.lost() + "; what was not answered may or may not have taken effect");
                }
                answers += count;
                next = Math.max(next, head);
                acknowledge();
            }
        } catch (final IOException ex) {
            throw new UncheckedIOException(new IOException("standard output: " + ex.getMessage()));
        }
        return count;
    }

    private void acknowledge() {
        long serial = nextSerial - 1;
        for (long sequence = head; sequence < tail; sequence++) {
            if (window[slot(sequence)].writes()) {
                serial = window[slot(sequence)].serial() - 1;
                break;
            }
        }
        acknowledgedSerial = Math.max(acknowledgedSerial, serial);
    }

    private void closeSession() {
        if (session == null || !node.isServing()) {
            return;
        }
        final long deadlineNs = System.nanoTime() + CLOSE_TIMEOUT_NS;
        pendingClose = 1;
        long correlationId = sessionClient.closeSession(session.sessionId());
        while (pendingClose > 0 && node.isServing() && System.nanoTime() - deadlineNs < 0) {
            if (client.poll(this, POLL_LIMIT) == 0) {
                node.idle();
            }
            if (correlationId == ReplyStatus.BACK_PRESSURED) {
                correlationId = sessionClient.closeSession(session.sessionId());
            }
        }
        if (correlationId < 0 && correlationId != ReplyStatus.CLOSED && correlationId != ReplyStatus.BACK_PRESSURED) {
            throw new KeyValueException((int)correlationId);
        }
    }

    @Override
    public void close() {
        client.close();
    }
}
