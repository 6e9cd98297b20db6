package io.cairn.engine.sim;

import io.cairn.engine.bootstrap.Introduction;
import io.cairn.engine.raft.ClusterConfiguration;
import io.cairn.engine.raft.Membership;
import io.cairn.engine.raft.Message;
import io.cairn.engine.transport.MessageCodec;
import io.cairn.engine.transport.RecordRun;
import io.cairn.engine.transport.TransferChannel;
import io.cairn.engine.transport.Transport;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import java.util.function.LongSupplier;

/**
 * The network between simulated members: every message goes through the production codec as bytes, and on its way may be lost, repeated, delayed,
 * overtaken, changed in a bit, or meet a link that is cut in one direction. Owner: one thread; everything is drawn from one seed.
 */
final class SimulatedNetwork {
    private static final int QUEUE_MAX = 256;
    private static final int BUFFER_LENGTH = 20 * 1024;

    private final SplittableRandom random;
    private final FaultMix mix;
    private final LongSupplier clock;
    private final Coverage coverage;
    private final SimulatedTransport[] transports;
    /** Bit {@code to} of {@code cut[from]}: nothing gets from the one to the other. */
    private final long[] cut;
    private final ArrayDeque<UnsafeBuffer> free = new ArrayDeque<>();
    private final Listener listener;
    private boolean isHealed;
    private long quietUntilNs;
    private long sequence;

    /** Hears every message when it is sent. */
    @FunctionalInterface
    interface Listener {
        /** @return false to have it refused, as by a full link. */
        boolean onSent(Message message);
    }

    private static final class Packet implements Comparable<Packet> {
        private long atNs;
        private long sequence;
        private int length;
        private UnsafeBuffer bytes;
        /** Where it is not bytes but an introduction, which has a codec of its own inside the transport's package. */
        private Introduction introduction;

        @Override
        public int compareTo(final Packet other) {
            return atNs != other.atNs ? Long.compare(atNs, other.atNs) : Long.compare(sequence, other.sequence);
        }
    }

    SimulatedNetwork(
        final int members,
        final FaultMix mix,
        final SplittableRandom random,
        final LongSupplier clock,
        final Coverage coverage,
        final Listener listener) {
        this.random = random;
        this.mix = mix;
        this.clock = clock;
        this.coverage = coverage;
        this.listener = listener;
        transports = new SimulatedTransport[members];
        cut = new long[members];
    }

    /** A member starts: what was on its way to an earlier life is lost with that life's connections. */
    Transport connect(final int id) {
        disconnect(id);
        transports[id] = new SimulatedTransport(id);
        return transports[id];
    }

    void disconnect(final int id) {
        if (null != transports[id]) {
            transports[id].inbox.forEach(this::recycle);
            transports[id].inbox.clear();
            transports[id] = null;
        }
    }

    /** Cut or mend one direction. */
    void cut(final int from, final int to, final boolean isCut) {
        cut[from] = isCut ? cut[from] | 1L << to : cut[from] & ~(1L << to);
    }

    /** Mend every link; messages that were lost stay lost. */
    void mend() {
        java.util.Arrays.fill(cut, 0);
    }

    /** From now on the network does what networks do on a good day. */
    void heal() {
        mend();
        isHealed = true;
    }

    /** The network does what networks do on a good day until then. */
    void quietUntil(final long ns) {
        quietUntilNs = ns;
    }

    private boolean happens(final double probability, final Coverage.Event event) {
        if (isHealed || quietUntilNs > 0 && clock.getAsLong() < quietUntilNs || probability <= 0 || random.nextDouble() >= probability) {
            return false;
        }
        coverage.add(event);
        return true;
    }

    private UnsafeBuffer takeBuffer(final int length) {
        if (length > BUFFER_LENGTH) {
            return new UnsafeBuffer(ByteBuffer.allocateDirect(length));
        }
        final UnsafeBuffer buffer = free.poll();
        return null != buffer ? buffer : new UnsafeBuffer(ByteBuffer.allocateDirect(BUFFER_LENGTH));
    }

    private void recycle(final Packet packet) {
        if (null != packet.bytes && BUFFER_LENGTH == packet.bytes.capacity()) {
            free.add(packet.bytes);
        }
    }

    /** @return null where nothing gets there. */
    private SimulatedTransport receiver(final int from, final int to) {
        return to < transports.length && 0 == (cut[from] & 1L << to) ? transports[to] : null;
    }

    /** On its way bytes may change, and anything may be late. */
    private Packet underWay(final UnsafeBuffer bytes, final int length) {
        final Packet packet = new Packet();
        packet.bytes = bytes;
        packet.length = length;
        if (null != bytes && happens(mix.corruption(), Coverage.Event.MESSAGE_CORRUPTED)) {
            final int at = random.nextInt(length);
            bytes.putByte(at, (byte)(bytes.getByte(at) ^ 1 << random.nextInt(8)));
        }
        long latencyNs = mix.latencyNs();
        if (happens(mix.delay(), Coverage.Event.MESSAGE_DELAYED)) {
            latencyNs += random.nextLong(mix.delayMaxNs());
        }
        packet.atNs = clock.getAsLong() + latencyNs;
        packet.sequence = sequence++;
        return packet;
    }

    private final class SimulatedTransport implements Transport {
        private final int self;
        private final PriorityQueue<Packet> inbox = new PriorityQueue<>();
        private final Message message = new Message();
        private final RecordRun records = new RecordRun();
        private final SimulatedTransfers transfers;
        private final MessageCodec codec = new MessageCodec(0);
        private long peers;
        private long guests;

        SimulatedTransport(final int self) {
            this.self = self;
            transfers = new SimulatedTransfers(self);
        }

        @Override
        public int poll(final Receiver receiver, final int limit) {
            int count = 0;
            final int bound = 1 + random.nextInt(limit);
            while (count < bound && !inbox.isEmpty() && inbox.peek().atNs <= clock.getAsLong()) {
                final Packet packet = inbox.peek();
                if (null != packet.introduction) {
                    receiver.onIntroduction(packet.introduction);
                } else if (codec.decode(packet.bytes, 0, packet.length, message, records) && !receiver.onMessage(message, records)) {
                    break;
                }
                inbox.remove(packet);
                recycle(packet);
                count++;
            }
            return count;
        }

        @Override
        public boolean send(final Message out, final RecordRun run) {
            if (happens(mix.refusal(), Coverage.Event.SEND_REFUSED)) {
                return false;
            }
            if (!listener.onSent(out)) {
                return false;
            }
            final SimulatedTransport to = receiver(self, out.to);
            if (null == to) {
                // Gone, or cut off: Aeron takes messages for a while before it notices.
                return random.nextBoolean();
            }
            if (to.inbox.size() >= QUEUE_MAX) {
                return false;
            }
            if (!happens(mix.loss(), Coverage.Event.MESSAGE_LOST)) {
                deliver(to, out, run);
                if (happens(mix.duplication(), Coverage.Event.MESSAGE_DUPLICATED)) {
                    deliver(to, out, run);
                }
            }
            return true;
        }

        private void deliver(final SimulatedTransport to, final Message out, final RecordRun run) {
            final int length = MessageCodec.PREFIX_LENGTH + run.length();
            final UnsafeBuffer bytes = takeBuffer(length);
            codec.encodePrefix(out, run, bytes, 0);
            bytes.putBytes(MessageCodec.PREFIX_LENGTH, run.buffer(), 0, run.length());
            to.inbox.add(underWay(bytes, length));
        }

        @Override
        public boolean introduces() {
            return true;
        }

        @Override
        public boolean send(final Introduction out) {
            final SimulatedTransport to = receiver(self, out.to);
            if (null != to && to.inbox.size() < QUEUE_MAX && !happens(mix.loss(), Coverage.Event.MESSAGE_LOST)) {
                final Packet packet = underWay(null, 0);
                packet.introduction = new Introduction();
                packet.introduction.from = out.from;
                packet.introduction.to = out.to;
                packet.introduction.standing = out.standing;
                packet.introduction.incarnation = out.incarnation;
                packet.introduction.clusterId = out.clusterId;
                packet.introduction.listHash = out.listHash;
                packet.introduction.endpoint = out.endpoint;
                to.inbox.add(packet);
                coverage.add(Coverage.Event.INTRODUCTION);
            }
            return true;
        }

        @Override
        public void meet(final int id, final String endpoint) {
            if (id != self && id < transports.length) {
                guests |= 1L << id;
            }
        }

        @Override
        public void belong(final long clusterId) {
            codec.clusterId(clusterId);
        }

        @Override
        public TransferChannel transferChannel() {
            return transfers;
        }

        @Override
        public void reach(final ClusterConfiguration configuration) {
            if (0 != configuration.clusterId()) {
                codec.clusterId(configuration.clusterId());
            }
            peers = configuration.membership().members() & ~(1L << self) & (1L << Membership.MEMBERS_MAX) - 1;
        }

        @Override
        public long reachable() {
            return peers | guests;
        }

        @Override
        public int recordsBytesMax() {
            return mix.bounds().messageBytesMax();
        }

        @Override
        public int doWork() {
            return 0;
        }

        @Override
        public void close() {
            if (transports[self] == this) {
                disconnect(self);
            }
        }
    }

    /** The stream that snapshots take. */
    private final class SimulatedTransfers implements TransferChannel {
        private final int self;
        private final PriorityQueue<Packet> inbox = new PriorityQueue<>();

        SimulatedTransfers(final int self) {
            this.self = self;
        }

        @Override
        public int poll(final Receiver receiver, final int limit) {
            int count = 0;
            while (count < limit && !inbox.isEmpty() && inbox.peek().atNs <= clock.getAsLong()) {
                final Packet packet = inbox.poll();
                receiver.onTransfer(packet.bytes, 0, packet.length);
                recycle(packet);
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
            if (happens(mix.refusal(), Coverage.Event.SEND_REFUSED)) {
                return false;
            }
            final SimulatedTransport to = receiver(self, member);
            if (null == to || to.transfers.inbox.size() >= QUEUE_MAX) {
                return false;
            }
            coverage.add(Coverage.Event.SNAPSHOT_MESSAGE);
            for (int copies = happens(mix.duplication(), Coverage.Event.MESSAGE_DUPLICATED) ? 2 : 1; copies > 0; copies--) {
                if (!happens(mix.loss(), Coverage.Event.MESSAGE_LOST)) {
                    final UnsafeBuffer bytes = takeBuffer(prefixLength + dataLength);
                    bytes.putBytes(0, prefix, 0, prefixLength);
                    bytes.putBytes(prefixLength, data, dataOffset, dataLength);
                    to.transfers.inbox.add(underWay(bytes, prefixLength + dataLength));
                }
            }
            return true;
        }

        @Override
        public void release(final int member) {
            // Connections cost nothing here.
        }
    }
}
