package io.cairn.engine.transport;

import io.aeron.Aeron;
import io.aeron.ControlledFragmentAssembler;
import io.aeron.ExclusivePublication;
import io.aeron.Publication;
import io.aeron.Subscription;
import io.aeron.logbuffer.BufferClaim;
import io.aeron.logbuffer.ControlledFragmentHandler;
import io.aeron.logbuffer.Header;
import io.cairn.engine.bootstrap.Introduction;
import io.cairn.engine.raft.ClusterConfiguration;
import io.cairn.engine.raft.Membership;
import io.cairn.engine.raft.Message;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.AgentInvoker;
import org.agrona.concurrent.UnsafeBuffer;

import java.util.Objects;
import java.util.function.Supplier;

/**
 * Members over Aeron: to every peer two exclusive unicast publications, one for what is short and waits for nobody, one for AppendEntries; for this
 * member two subscriptions. AppendEntries and heartbeats share a stream, so that a heartbeat never overtakes the entries before it.
 *
 * <p>Whoever is not connected or has no room is passed over: the core keeps what is due and it is tried again in a later cycle. Images come and go;
 * what is lost with one is found by the core, which checks term, previous index and checksums of every message.
 *
 * <p>Owner: the Sequencer's thread, which also runs the client's conductor, and the driver where it is an invoked one.
 */
public final class AeronTransport implements Transport {
    private static final int LOG_FRAGMENTS_SHARE = 2;
    private static final int DRIVER_TURNS = 4;
    private static final int ASSEMBLED_LENGTH_MIN = 1 << 16;

    private final Supplier<Aeron> source;
    private final AgentInvoker driverInvoker;
    private final MessageCodec codec;
    private final int selfId;
    private final TransportChannels channels;
    private final PeerLink[] controlLinks = new PeerLink[Membership.MEMBERS_MAX];
    private final PeerLink[] logLinks = new PeerLink[Membership.MEMBERS_MAX];
    private final AeronTransferChannel transferChannel;
    private final ControlledFragmentAssembler assembler;
    private final BufferClaim claim = new BufferClaim();
    private final UnsafeBuffer prefix = new UnsafeBuffer(new byte[MessageCodec.PREFIX_LENGTH]);
    private final Message message = new Message();
    private final RecordRun records = new RecordRun();
    private final ControlledFragmentHandler handler = this::onFragment;
    private final IntroductionCodec introductionCodec = new IntroductionCodec();
    private final Introduction introduction = new Introduction();
    private final String[] linkedTo = new String[Membership.MEMBERS_MAX];
    private Aeron aeron;
    private Subscription controlSubscription;
    private Subscription logSubscription;
    private Receiver receiver;
    private long linked;
    private long members;
    private long guests;

    /**
     * @param source        of the client whose conductor is invoked by this transport, closed by its owner: another one, after null for a while,
     *                      where the driver was started anew. Not null at first.
     * @param driverInvoker of a driver that this thread runs as well; null for one that runs by itself.
     * @param codec         of this cluster.
     * @param selfId        this member.
     * @param channels      where members are.
     */
    public AeronTransport(
        final Supplier<Aeron> source,
        final AgentInvoker driverInvoker,
        final MessageCodec codec,
        final int selfId,
        final TransportChannels channels) {
        this.source = source;
        this.driverInvoker = driverInvoker;
        this.codec = codec;
        this.selfId = selfId;
        this.channels = channels;
        transferChannel = new AeronTransferChannel(channels, selfId);
        assembler = new ControlledFragmentAssembler(handler, ASSEMBLED_LENGTH_MIN, true);
        listen(source.get());
    }

    private void listen(final Aeron client) {
        aeron = client;
        controlSubscription = aeron.addSubscription(channels.controlOf(selfId), channels.controlStreamOf(selfId));
        logSubscription = aeron.addSubscription(channels.logOf(selfId), channels.logStreamOf(selfId));
        transferChannel.listen(aeron);
    }

    /**
     * With a driver all that went through it is gone: links, subscriptions, what was on its way. Peers find what they lack as after any other loss.
     *
     * @return false while there is no driver.
     */
    private boolean isOnline() {
        final Aeron now = source.get();
        if (now != aeron) {
            link(0);
            assembler.clear();
            transferChannel.forget();
            aeron = null;
            if (null != now) {
                listen(now);
                link(members | guests);
            }
        }
        return null != aeron;
    }

    @Override
    public void reach(final ClusterConfiguration configuration) {
        if (0 != configuration.clusterId()) {
            codec.clusterId(configuration.clusterId());
        }
        long wanted = 0;
        for (long rest = configuration.membership().members() & ~(1L << selfId); 0 != rest; rest &= rest - 1) {
            final int id = Long.numberOfTrailingZeros(rest);
            if (channels.endpoint(id, configuration.endpoint(id))) {
                wanted |= 1L << id;
            }
        }
        members = wanted;
        relink();
    }

    /** Without a driver it waits until there is one. */
    private void relink() {
        if (null != aeron) {
            link(members | guests);
        }
    }

    @Override
    public void meet(final int id, final String endpoint) {
        final long bit = 1L << id;
        if (id == selfId || 0 != (members & bit)) {
            return;
        }
        final String place = null == endpoint || endpoint.isEmpty() ? null : endpoint;
        if (0 != (guests & bit) && (null == place || place.equals(linkedTo[id]))) {
            return;
        }
        if (isReachable(id, place)) {
            guests |= bit;
            relink();
        }
    }

    /** What a stranger says of itself may be nonsense. */
    private boolean isReachable(final int id, final String endpoint) {
        try {
            return channels.endpoint(id, endpoint);
        } catch (final IllegalArgumentException ex) {
            return false;
        }
    }

    @Override
    public void belong(final long clusterId) {
        codec.clusterId(clusterId);
    }

    /** @return identity of the cluster; 0 where it is not known yet. The Sequencer's thread. */
    public long clusterId() {
        return codec.clusterId();
    }

    private void link(final long wanted) {
        for (int id = 0; id < Membership.MEMBERS_MAX; id++) {
            final long bit = 1L << id;
            final boolean moved = 0 != (wanted & linked & bit) && !Objects.equals(linkedTo[id], channels.endpoint(id));
            if (0 != (linked & bit) && (moved || 0 == (wanted & bit))) {
                controlLinks[id].close();
                logLinks[id].close();
                controlLinks[id] = null;
                logLinks[id] = null;
            }
            if (0 != (wanted & bit) && (moved || 0 == (linked & bit))) {
                linkedTo[id] = channels.endpoint(id);
                controlLinks[id] = new PeerLink(aeron, channels.controlOf(id), channels.controlStreamOf(id));
                logLinks[id] = new PeerLink(aeron, channels.logOf(id), channels.logStreamOf(id));
            }
        }
        linked = wanted;
    }

    @Override
    public int doWork() {
        int work = null == aeron ? 0 : aeron.conductorAgentInvoker().invoke();
        if (null != driverInvoker) {
            work += runDriver();
        }
        if (!isOnline()) {
            return work;
        }
        for (long rest = linked; 0 != rest; rest &= rest - 1) {
            final int id = Long.numberOfTrailingZeros(rest);
            work += controlLinks[id].doWork() + logLinks[id].doWork();
        }
        return work + transferChannel.doWork(linked);
    }

    /** A turn of the driver takes one datagram from each socket, however many wait: without further turns acknowledgements pile up. */
    private int runDriver() {
        int work = 0;
        for (int i = 0, turn = 1; i < DRIVER_TURNS && turn > 0; i++) {
            turn = driverInvoker.invoke();
            work += turn;
        }
        return work;
    }

    @Override
    public int poll(final Receiver to, final int limit) {
        if (null == aeron) {
            return 0;
        }
        receiver = to;
        return controlSubscription.controlledPoll(handler, limit) + logSubscription.controlledPoll(assembler, limit / LOG_FRAGMENTS_SHARE);
    }

    private ControlledFragmentHandler.Action onFragment(
        final DirectBuffer buffer, final int offset, final int length, final Header header) {
        if (introductionCodec.isIntroduction(buffer, offset, length)) {
            if (introductionCodec.decode(buffer, offset, length, introduction) && introduction.to == selfId && introduction.from != selfId) {
                receiver.onIntroduction(introduction);
            }
            return ControlledFragmentHandler.Action.CONTINUE;
        }
        if (!codec.decode(buffer, offset, length, message, records)) {
            return ControlledFragmentHandler.Action.CONTINUE;
        }
        return receiver.onMessage(message, records) ? ControlledFragmentHandler.Action.CONTINUE : ControlledFragmentHandler.Action.ABORT;
    }

    @Override
    public boolean send(final Message out, final RecordRun run) {
        final PeerLink link = Message.APPEND == out.type || run.length() > 0 ? logLinks[out.to] : controlLinks[out.to];
        if (null == link || null == link.publication()) {
            return false;
        }
        final ExclusivePublication publication = link.publication();
        final int length = MessageCodec.PREFIX_LENGTH + run.length();
        long result = offer(publication, out, run, length);
        if (Publication.ADMIN_ACTION == result) {
            result = offer(publication, out, run, length);
        }
        return link.isTaken(result);
    }

    @Override
    public boolean introduces() {
        return true;
    }

    @Override
    public boolean send(final Introduction out) {
        final PeerLink link = controlLinks[out.to];
        if (null == link || null == link.publication()) {
            return false;
        }
        final int length = introductionCodec.encode(out);
        return link.isTaken(link.publication().offer(introductionCodec.encoded(), 0, length));
    }

    /** What fits a fragment is copied once, into the term; more is gathered by the publication. */
    private long offer(final ExclusivePublication publication, final Message out, final RecordRun run, final int length) {
        if (length > publication.maxPayloadLength()) {
            codec.encodePrefix(out, run, prefix, 0);
            return publication.offer(prefix, 0, MessageCodec.PREFIX_LENGTH, run.buffer(), 0, run.length());
        }
        final long result = publication.tryClaim(length, claim);
        if (result > 0) {
            codec.encodePrefix(out, run, claim.buffer(), claim.offset());
            claim.buffer().putBytes(claim.offset() + MessageCodec.PREFIX_LENGTH, run.buffer(), 0, run.length());
            claim.commit();
        }
        return result;
    }

    @Override
    public long reachable() {
        return linked;
    }

    @Override
    public TransferChannel transferChannel() {
        return transferChannel;
    }

    @Override
    public int recordsBytesMax() {
        return channels.messageBytesMax() - MessageCodec.PREFIX_LENGTH;
    }

    /**
     * @param id of a peer.
     * @return true when it can be reached, as far as is known.
     */
    public boolean isConnected(final int id) {
        return null != logLinks[id] && logLinks[id].isConnected() && controlLinks[id].isConnected();
    }

    /** @return links that had to be built again. */
    public long rebuiltCount() {
        long count = 0;
        for (long rest = linked; 0 != rest; rest &= rest - 1) {
            final int id = Long.numberOfTrailingZeros(rest);
            count += controlLinks[id].rebuiltCount() + logLinks[id].rebuiltCount();
        }
        return count;
    }

    @Override
    public void close() {
        link(0);
        transferChannel.close();
        controlSubscription.close();
        logSubscription.close();
    }
}
