package io.cairn.fsm;

import java.util.ArrayDeque;
import java.util.Map;
import java.util.TreeMap;

/**
 * What {@link SessionTable} must be indistinguishable from, for sessions that are evicted as soon as they are due: the test keeps fewer of them
 * than one entry may expire.
 */
final class ModelSessions {
    private final Map<Long, Open> sessions = new TreeMap<>();

    void expire(final long timestampMs) {
        sessions.values().removeIf(session -> session.activeMs + session.timeoutMs <= timestampMs);
    }

    long open(final long index, final long timestampMs, final String name, final long timeoutMs, final int window) {
        for (final Map.Entry<Long, Open> entry : sessions.entrySet()) {
            if (!name.isEmpty() && entry.getValue().name.equals(name)) {
                entry.getValue().activeMs = timestampMs;
                return entry.getKey();
            }
        }
        final Open session = new Open(name, timeoutMs, window);
        session.activeMs = timestampMs;
        sessions.put(index, session);
        return index;
    }

    /** NEW: 0; a status of a refusal; or 1 for a duplicate, whose reply is {@link #cached}. */
    int check(final long sessionId, final long serial, final long acknowledged) {
        final Open session = sessions.get(sessionId);
        if (session == null) {
            return ApplyStatus.SESSION_EXPIRED;
        }
        if (serial < 1 || serial > session.lastSerial + 1) {
            return ApplyStatus.SESSION_GAP;
        }
        if (serial <= session.lastSerial) {
            return 1;
        }
        final long effective = Math.min(Math.max(acknowledged, session.acknowledged), session.lastSerial);
        return serial - effective > session.window ? ApplyStatus.SESSION_WINDOW_EXCEEDED : 0;
    }

    /** The reply of an unacknowledged serial, or null. */
    Cached cached(final long sessionId, final long serial) {
        return sessions.get(sessionId).replies.stream().filter(reply -> reply.serial == serial).findFirst().orElse(null);
    }

    void record(
        final long sessionId, final long serial, final long acknowledged, final long index, final long timestampMs, final int status,
        final byte[] reply) {
        final Open session = sessions.get(sessionId);
        session.acknowledge(acknowledged);
        session.lastSerial = serial;
        session.activeMs = timestampMs;
        session.replies.add(new Cached(serial, index, status, reply));
    }

    int keepAlive(final long sessionId, final long acknowledged, final long timestampMs) {
        final Open session = sessions.get(sessionId);
        if (session == null) {
            return ApplyStatus.SESSION_EXPIRED;
        }
        session.acknowledge(acknowledged);
        session.activeMs = timestampMs;
        return ApplyStatus.OK;
    }

    int close(final long sessionId) {
        return sessions.remove(sessionId) == null ? ApplyStatus.SESSION_EXPIRED : ApplyStatus.OK;
    }

    int count() {
        return sessions.size();
    }

    long lastSerial(final long sessionId) {
        final Open session = sessions.get(sessionId);
        return session == null ? SessionTable.UNKNOWN : session.lastSerial;
    }

    long acknowledged(final long sessionId) {
        return sessions.get(sessionId).acknowledged;
    }

    /** A reply that waits for acknowledgement. */
    record Cached(long serial, long index, int status, byte[] reply) {
    }

    private static final class Open {
        private final String name;
        private final long timeoutMs;
        private final int window;
        private final ArrayDeque<Cached> replies = new ArrayDeque<>();
        private long lastSerial;
        private long acknowledged;
        private long activeMs;

        private Open(final String name, final long timeoutMs, final int window) {
            this.name = name;
            this.timeoutMs = timeoutMs;
            this.window = window;
        }

        private void acknowledge(final long claimed) {
            acknowledged = Math.min(Math.max(claimed, acknowledged), lastSerial);
            while (!replies.isEmpty() && replies.peek().serial <= acknowledged) {
                replies.poll();
            }
        }
    }
}
