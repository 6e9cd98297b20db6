package io.cairn.engine;

import io.aeron.Aeron;
import io.aeron.ExclusivePublication;
import io.aeron.FragmentAssembler;
import io.aeron.Subscription;
import io.aeron.logbuffer.FragmentHandler;
import io.cairn.engine.gateway.ClientCodec;
import io.cairn.engine.gateway.ClientMessage;
import io.cairn.engine.gateway.RequestEntry;
import io.cairn.engine.transport.TransportChannels;
import io.cairn.wal.layout.Crc32c;
import org.agrona.BufferUtil;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Speaks to a member over shared memory, well or badly, message by message.
 */
final class RawClient implements AutoCloseable {
    private static final int LENGTH_MAX = 1 << 16;

    /** What the member said. */
    record Heard(int type, int status, byte[] body) {
    }

    final List<Heard> heard = new ArrayList<>();
    private final Aeron aeron;
    private final ExclusivePublication publication;
    private final Subscription subscription;
    private final int responseStream;
    private final long connectionId;
    private final ClientCodec codec = new ClientCodec();
    private final ClientMessage message = new ClientMessage();
    private final UnsafeBuffer out = new UnsafeBuffer(BufferUtil.allocateDirectAligned(LENGTH_MAX, 64));
    private final FragmentHandler handler = new FragmentAssembler((buffer, offset, length, header) -> onMessage(buffer, offset, length));
    private long clusterId;

    RawClient(final Path aeronDirectory, final int memberId, final int number) {
        this(Aeron.connect(new Aeron.Context().aeronDirectoryName(aeronDirectory.toString())), memberId, number);
    }

    /** One of many over one connection to the media driver, which is closed with the first of them. */
    RawClient(final Aeron aeron, final int memberId, final int number) {
        this.aeron = aeron;
        responseStream = 500_000 + number;
        connectionId = 1_000_000 + number;
        subscription = aeron.addSubscription("aeron:ipc", responseStream);
        publication = aeron.addExclusivePublication("aeron:ipc?term-length=256k", TransportChannels.clientStream(memberId));
        Members.await(publication::isConnected);
    }

    private void onMessage(final DirectBuffer buffer, final int offset, final int length) {
        if (codec.decode(buffer, offset, length, message) && message.connectionId == connectionId) {
            final byte[] body = new byte[message.body.capacity()];
            message.body.getBytes(0, body);
            clusterId = message.clusterId;
            heard.add(new Heard(message.type, message.status, body));
        }
    }

    /** Bytes as they are. */
    void say(final DirectBuffer bytes, final int length) {
        Members.await(() -> publication.offer(bytes, 0, length) > 0);
    }

    void say(final int type, final byte[] body) {
        message.reset(type, connectionId);
        message.clusterId = ClientMessage.CONNECT == type ? 0 : clusterId;
        message.responseStream = responseStream;
        final UnsafeBuffer bytes = new UnsafeBuffer(out, ClientCodec.PREFIX_LENGTH, body.length);
        bytes.putBytes(0, body);
        codec.encode(message, bytes, 0, body.length, out, 0);
        say(out, ClientCodec.PREFIX_LENGTH + body.length);
    }

    /** A request as it should be. */
    static byte[] request(final long correlationId, final int type, final byte[] payload) {
        final UnsafeBuffer entry = new UnsafeBuffer(new byte[RequestEntry.alignedLength(payload.length)]);
        final int crc = Crc32c.compute(new UnsafeBuffer(payload), 0, payload.length);
        RequestEntry.encodeHeader(entry, 0, correlationId, crc, payload.length, 0, type);
        entry.putBytes(RequestEntry.HEADER_LENGTH, payload);
        return entry.byteArray();
    }

    /** Everything but signs of life is passed over until this is said. */
    Heard await(final int type) {
        final Heard[] found = {null};
        Members.await(() -> {
            subscription.poll(handler, 16);
            found[0] = heard.stream().filter(said -> said.type() == type).findFirst().orElse(null);
            return null != found[0];
        });
        return found[0];
    }

    void poll() {
        subscription.poll(handler, 16);
    }

    @Override
    public void close() {
        aeron.close();
    }
}
