package io.cairn.engine.sim;

import io.cairn.engine.raft.ClusterConfiguration;
import io.cairn.engine.raft.Membership;
import io.cairn.engine.raft.Message;
import io.cairn.engine.transport.MessageCodec;
import io.cairn.engine.transport.RecordRun;
import io.cairn.engine.transport.Transport;
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
    static final int RECORDS_BYTES_MAX = 8 * 1024;
    private static final int QUEUE_MAX = 256;

    private final SplittableRandom random;
    private final FaultMix mix;
    private final LongSupplier clock;
    private final Coverage coverage;
    private final SimulatedTransport[] transports;
    /** Bit {@code to} of {@code cut[from]}: nothing gets from the one to the other. */
    private final long[] cut;
    private final ArrayDeque<UnsafeBuffer> free = new ArrayDeque<>();
    private boolean isHealed;
    private long sequence;

    private static final class Packet implements Comparable<Packet> {
        private long atNs;
        private long sequence;
        private int length;
        private UnsafeBuffer bytes;

        @Override
        public int compareTo(final Packet other) {
            return atNs != other.atNs ? Long.compare(atNs, other.atNs) : Long.compare(sequence, other.sequence);
        }
    }

    SimulatedNetwork(
        final int members, final FaultMix mix, final SplittableRandom random, final LongSupplier clock, final Coverage coverage) {
        this.random = random;
        this.mix = mix;
        this.clock = clock;
        this.coverage = coverage;
        transports = new SimulatedTransport[members];
        cut = new long[members];
    }

    /** A member starts: what was on its way to an earlier life is lost with that life's connections. */
    Transport connect(final int id, final long clusterId) {
        disconnect(id);
        transports[id] = new SimulatedTransport(id, clusterId);
        return transports[id];
    }

    void disconnect(final int id) {
        if (null != transports[id]) {
            transports[id].inbox.forEach(packet -> free.add(packet.bytes));
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

    private boolean happens(final double probability, final Coverage.Event event) {
        if (isHealed || probability <= 0 || random.nextDouble() >= probability) {
            return false;
        }
        coverage.add(event);
        return true;
    }

    private UnsafeBuffer takeBuffer() {
        final UnsafeBuffer buffer = free.poll();
        return null != buffer ? buffer :
            new UnsafeBuffer(ByteBuffer.allocateDirect(MessageCodec.PREFIX_LENGTH + RECORDS_BYTES_MAX));
    }

    private final class SimulatedTransport implements Transport {
        private final int self;
        private final MessageCodec codec;
        private final PriorityQueue<Packet> inbox = new PriorityQueue<>();
        private final Message message = new Message();
        private final RecordRun records = new RecordRun();
        private long reachable;

        SimulatedTransport(final int self, final long clusterId) {
            this.self = self;
            this.codec = new MessageCodec(clusterId);
        }

        @Override
        public int poll(final Receiver receiver, final int limit) {
            int count = 0;
            final int bound = 1 + random.nextInt(limit);
            while (count < bound && !inbox.isEmpty() && inbox.peek().atNs <= clock.getAsLong()) {
                final Packet packet = inbox.peek();
                if (codec.decode(packet.bytes, 0, packet.length, message, records) && !receiver.onMessage(message, records)) {
                    break;
                }
                inbox.poll();
                free.add(packet.bytes);
                count++;
            }
            return count;
        }

        @Override
        public boolean send(final Message out, final RecordRun run) {
            if (happens(mix.refusal(), Coverage.Event.SEND_REFUSED)) {
                return false;
            }
            final SimulatedTransport to = out.to < transports.length ? transports[out.to] : null;
            if (null == to || 0 != (cut[self] & 1L << out.to)) {
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
            final Packet packet = new Packet();
            packet.bytes = takeBuffer();
            packet.length = MessageCodec.PREFIX_LENGTH + run.length();
            codec.encodePrefix(out, run, packet.bytes, 0);
            packet.bytes.putBytes(MessageCodec.PREFIX_LENGTH, run.buffer(), 0, run.length());
            if (happens(mix.corruption(), Coverage.Event.MESSAGE_CORRUPTED)) {
                final int at = random.nextInt(packet.length);
                packet.bytes.putByte(at, (byte)(packet.bytes.getByte(at) ^ 1 << random.nextInt(8)));
            }
            long latencyNs = mix.latencyNs();
            if (happens(mix.delay(), Coverage.Event.MESSAGE_DELAYED)) {
                latencyNs += random.nextLong(mix.delayMaxNs());
            }
            packet.atNs = clock.getAsLong() + latencyNs;
            packet.sequence = sequence++;
            to.inbox.add(packet);
        }

        @Override
        public void reach(final ClusterConfiguration configuration) {
            reachable = configuration.membership().members() & ~(1L << self) & (1L << Membership.MEMBERS_MAX) - 1;
        }

        @Override
        public long reachable() {
            return reachable;
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
            if (transports[self] == this) {
                disconnect(self);
            }
        }
    }
}
