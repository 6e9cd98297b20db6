package io.cairn.engine.embedded;

import io.cairn.engine.client.KeyValueException;
import io.cairn.engine.client.ReplyStatus;
import io.cairn.fsm.ApplyStatus;
import io.cairn.fsm.Limits;
import org.agrona.DirectBuffer;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * Opens a session and waits for it: the control path of a client.
 */
public final class SessionOpening {
    private static final long WAIT_NS = TimeUnit.MICROSECONDS.toNanos(20);

    private boolean done;
    private int status;
    private long sessionId;
    private long lastSerial;

    private SessionOpening() {
    }

    /**
     * Open or resume a session.
     *
     * @param client    used by this call only.
     * @param name      empty for a session without a name.
     * @param timeoutNs log time without a command after which it expires.
     * @param isServing false once nobody will answer.
     * @return its identity; the next serial is the one after the last that took effect.
     * @throws KeyValueException when it is refused.
     */
    public static SessionIdentity open(
        final EmbeddedClient client, final String name, final long timeoutNs, final BooleanSupplier isServing) {
        final SessionOpening opening = new SessionOpening();
        final byte[] nameBytes = name.getBytes(StandardCharsets.UTF_8);
        long correlationId = send(client, timeoutNs, nameBytes);
        while (correlationId == ReplyStatus.BACK_PRESSURED) {
            pause(client, opening, isServing);
            correlationId = send(client, timeoutNs, nameBytes);
        }
        if (correlationId < 0) {
            throw new KeyValueException((int)correlationId);
        }
        while (!opening.done) {
            pause(client, opening, isServing);
        }
        if (opening.status < 0) {
            throw new KeyValueException(opening.status);
        }
        return new SessionIdentity(opening.sessionId, opening.lastSerial + 1, ApplyStatus.SESSION_RESUMED == opening.status);
    }

    private static long send(final EmbeddedClient client, final long timeoutNs, final byte[] name) {
        return client.openSession(TimeUnit.NANOSECONDS.toMillis(timeoutNs), Limits.SESSION_WINDOW_MAX, name);
    }

    private static void pause(final EmbeddedClient client, final SessionOpening opening, final BooleanSupplier isServing) {
        if (0 == client.poll(opening::onReply, 1)) {
            if (!isServing.getAsBoolean()) {
                throw new KeyValueException(ReplyStatus.CLOSED);
            }
            LockSupport.parkNanos(WAIT_NS);
        }
    }

    private void onReply(
        final long correlationId, final int replyStatus, final long index, final DirectBuffer buffer, final int offset, final int length) {
        done = true;
        status = replyStatus;
        if (replyStatus >= 0) {
            sessionId = buffer.getLong(offset);
            lastSerial = buffer.getLong(offset + Long.BYTES);
        }
    }
}
