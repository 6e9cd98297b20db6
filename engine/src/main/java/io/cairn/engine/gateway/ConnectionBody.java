package io.cairn.engine.gateway;

import io.cairn.engine.raft.ClusterConfiguration;
import org.agrona.DirectBuffer;

import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;

/**
 * Body of CONNECTED and CLOSED: {@code u16 length, bytes, members}, with the members as text, {@code id=HOST:PORT} separated by commas; a member
 * whose endpoint is not known has none. Control path.
 */
public final class ConnectionBody {
    private static final int LENGTH_BYTES = 2;
    private static final int MEMBER_ID_MAX = 1_023;

    private ConnectionBody() {
    }

    static byte[] encode(final byte[] first, final ClusterConfiguration configuration) {
        final byte[] members = members(configuration).getBytes(StandardCharsets.UTF_8);
        final byte[] body = new byte[LENGTH_BYTES + first.length + members.length];
        body[0] = (byte)first.length;
        body[1] = (byte)(first.length >>> Byte.SIZE);
        System.arraycopy(first, 0, body, LENGTH_BYTES, first.length);
        System.arraycopy(members, 0, body, LENGTH_BYTES + first.length, members.length);
        return body;
    }

    private static String members(final ClusterConfiguration configuration) {
        final StringBuilder text = new StringBuilder();
        for (long rest = null == configuration ? 0 : configuration.membership().members(); 0 != rest; rest &= rest - 1) {
            final int id = Long.numberOfTrailingZeros(rest);
            final String endpoint = configuration.endpoint(id);
            text.append(text.isEmpty() ? "" : ",").append(id).append('=').append(null == endpoint ? "" : endpoint);
        }
        return text.toString();
    }

    /**
     * @param body of the message.
     * @return what comes before the members; empty where the body makes no sense.
     */
    public static byte[] first(final DirectBuffer body) {
        final byte[] first = new byte[firstLength(body)];
        if (first.length > 0) {
            body.getBytes(LENGTH_BYTES, first);
        }
        return first;
    }

    private static int firstLength(final DirectBuffer body) {
        if (body.capacity() < LENGTH_BYTES) {
            return 0;
        }
        return Math.min(body.getShort(0, ByteOrder.LITTLE_ENDIAN) & 0xFFFF, body.capacity() - LENGTH_BYTES);
    }

    /**
     * @param body of the message.
     * @return endpoints by id, empty for one that is not known; no entry for what makes no sense.
     */
    public static Map<Integer, String> members(final DirectBuffer body) {
        final Map<Integer, String> members = new TreeMap<>();
        final int from = LENGTH_BYTES + firstLength(body);
        if (from >= body.capacity()) {
            return members;
        }
        final byte[] bytes = new byte[body.capacity() - from];
        body.getBytes(from, bytes);
        for (final String member : new String(bytes, StandardCharsets.UTF_8).split(",")) {
            final int equals = member.indexOf('=');
            final int id = equals <= 0 ? -1 : parse(member.substring(0, equals));
            if (id >= 0 && id <= MEMBER_ID_MAX) {
                members.put(id, member.substring(equals + 1));
            }
        }
        return members;
    }

    private static int parse(final String text) {
        try {
            return Integer.parseInt(text);
        } catch (final NumberFormatException ex) {
            return -1;
        }
    }
}
