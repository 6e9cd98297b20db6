package io.cairn.engine;

import io.cairn.engine.bootstrap.Introduction;
import io.cairn.engine.raft.ClusterConfiguration;
import io.cairn.engine.raft.Message;
import io.cairn.engine.transport.MessageCodec;
import io.cairn.engine.transport.RecordRun;
import io.cairn.engine.transport.TransferChannel;
import io.cairn.engine.transport.Transport;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Queue;

/** Members on one thread that talk through queues; what is sent to one that is down is lost. */
final class MemoryNetwork {
    private static final int CAPACITY = 64;
    private static final int RECORDS_BYTES_MAX = 8 << 10;

    private final Link[] links;
    private final Queue<byte[]>[] messages;
    private final Queue<byte[]>[] transfers;
    private final Queue<Introduction>[] introductions;
    private final boolean introduces;
    private long cut;

    /** Members are what their list says. */
    MemoryNetwork(final int members) {
        this(members, false);
    }

    /** Where members introduce themselves they have incarnations, found their cluster, and may come and go. */
    @SuppressWarnings({"unchecked", "rawtypes"})
    MemoryNetwork(final int members, final boolean introduces) {
        this.introduces = introduces;
        links = new Link[members];
        messages = new Queue[members];
        transfers = new Queue[members];
        introductions = new Queue[members];
        for (int id = 0; id < members; id++) {
            messages[id] = new ArrayDeque<>();
            transfers[id] = new ArrayDeque<>();
            introductions[id] = new ArrayDeque<>();
        }
    }

    Transport join(final int id, final long clusterId) {
        messages[id].clear();
        transfers[id].clear();
        introductions[id].clear();
        links[id] = new Link(id, introduces ? 0 : clusterId);
        return links[id];
    }

    /** The member is down, however it went. */
    void leave(final int id) {
        links[id] = null;
    }

    /** Nothing comes from or to a member, or everything does again. */
    void cut(final int id, final boolean isCut) {
        cut = isCut ? cut | 1L << id : cut & ~(1L << id);
    }

    private boolean offer(final Queue<byte[]>[] queues, final int from, final int to, final byte[] bytes) {
        return 0 == (cut & (1L << from | 1L << to)) && null != links[to] && queues[to].size() < CAPACITY && queues[to].add(bytes);
    }

    private final class Link implements Transport, TransferChannel {
        private final int self;
        private final MessageCodec codec;
        private final Message message = new Message();
        private final RecordRun records = new RecordRun();
        private long reachable;
        private long guests;

        private Link(final int self, final long clusterId) {
            this.self = self;
            codec = new MessageCodec(clusterId);
        }

        @Override
        public boolean introduces() {
            return introduces;
        }

        @Override
        public boolean send(final Introduction out) {
            if (0 == (cut & (1L << self | 1L << out.to)) && null != links[out.to] && introductions[out.to].size() < CAPACITY) {
                final Introduction copy = new Introduction();
                copy.from = out.from;
                copy.to = out.to;
                copy.standing = out.standing;
                copy.incarnation = out.incarnation;
                copy.clusterId = out.clusterId;
                copy.listHash = out.listHash;
                copy.endpoint = out.endpoint;
                introductions[out.to].add(copy);
            }
            return true;
        }

        @Override
        public void meet(final int id, final String endpoint) {
            guests |= id != self && id < links.length ? 1L << id : 0;
        }

        @Override
        public void belong(final long clusterId) {
            codec.clusterId(clusterId);
        }

        @Override
        public int poll(final Transport.Receiver receiver, final int limit) {
            for (Introduction said = introductions[self].poll(); null != said; said = introductions[self].poll()) {
                receiver.onIntroduction(said);
            }
            int count = 0;
            while (count < limit && !messages[self].isEmpty()) {
                final byte[] bytes = messages[self].peek();
                final UnsafeBuffer buffer = new UnsafeBuffer(ByteBuffer.allocateDirect(bytes.length));
                buffer.putBytes(0, bytes);
                if (codec.decode(buffer, 0, bytes.length, message, records) && !receiver.onMessage(message, records)) {
                    return count;
                }
                messages[self].remove();
                count++;
            }
            return count;
        }

        @Override
        public boolean send(final Message out, final RecordRun run) {
            final byte[] bytes = new byte[MessageCodec.PREFIX_LENGTH + run.length()];
            codec.encodePrefix(out, run, new UnsafeBuffer(bytes), 0);
            if (run.length() > 0) {
                run.buffer().getBytes(0, bytes, MessageCodec.PREFIX_LENGTH, run.length());
            }
            return offer(messages, self, out.to, bytes);
        }

        @Override
        public int poll(final TransferChannel.Receiver receiver, final int limit) {
            int count = 0;
            for (byte[] bytes = transfers[self].poll(); null != bytes && count < limit; bytes = transfers[self].poll()) {
                final UnsafeBuffer buffer = new UnsafeBuffer(ByteBuffer.allocateDirect(bytes.length));
                buffer.putBytes(0, bytes);
                receiver.onTransfer(buffer, 0, bytes.length);
                count++;
            }
            return count;
        }

        @Override
        public boolean send(
            final int member,
            final DirectBuffer prefix,
            final int prefixLength,
            final DirectBuffer data,
            final int dataOffset,
            final int dataLength) {
            final byte[] bytes = new byte[prefixLength + dataLength];
            prefix.getBytes(0, bytes, 0, prefixLength);
            if (dataLength > 0) {
                data.getBytes(dataOffset, bytes, prefixLength, dataLength);
            }
            return offer(transfers, self, member, bytes);
        }

        @Override
        public void release(final int member) {
            // Queues stay.
        }

        @Override
        public TransferChannel transferChannel() {
            return this;
        }

        @Override
        public void reach(final ClusterConfiguration configuration) {
            if (introduces && 0 != configuration.clusterId()) {
                codec.clusterId(configuration.clusterId());
            }
            reachable = configuration.membership().members() & ~(1L << self);
        }

        @Override
        public long reachable() {
            return reachable | guests;
        }

        @Override
        public int recordsBytesMax() {
            return RECORDS_BYTES_MAX;
        }

        @Override
        public int doWork() {
            return 0;
        }

        @Override
        public void close() {
            if (this == links[self]) {
                leave(self);
            }
        }
    }
}
