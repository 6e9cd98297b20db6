package io.cairn.bench.cluster;

import io.aeron.driver.MediaDriver;
import io.aeron.driver.SendChannelEndpointSupplier;
import io.aeron.driver.ext.DebugSendChannelEndpoint;
import io.aeron.driver.ext.LossGenerator;
import io.aeron.driver.media.SendChannelEndpoint;
import io.aeron.driver.media.UdpChannel;
import org.agrona.concurrent.status.AtomicCounter;

import java.nio.MappedByteBuffer;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;

/**
 * In a member's process: what its media driver sends through, where {@link Links} says which packets never arrive. A packet to another member is lost
 * here; so is what that member sends back about the stream (status, requests to send again), by the link of the other direction.
 *
 * <p>Made by the driver by its name; used by the driver's threads.
 */
public final class LossyEndpoint implements SendChannelEndpointSupplier {
    private final int member;
    private final int members;
    private final int port;
    private final MappedByteBuffer loss;
    private final AtomicLong lostCount = new AtomicLong();

    /** Called by the driver of a process that {@link Links#flags} was told to. */
    public LossyEndpoint() {
        this(
            Integer.getInteger(Links.MEMBER),
            Integer.getInteger(Links.MEMBERS),
            Integer.getInteger(Links.PORT),
            Path.of(System.getProperty(Links.FILE)));
    }

    LossyEndpoint(final int member, final int members, final int port, final Path file) {
        this.member = member;
        this.members = members;
        this.port = port;
        loss = Links.map(file, members * members);
    }

    @Override
    public SendChannelEndpoint newInstance(final UdpChannel channel, final AtomicCounter status, final MediaDriver.Context context) {
        final int at = channel.remoteData().getPort() - port;
        final int other = at >= 0 && at < Links.PORTS * members ? at / Links.PORTS : member;
        return new DebugSendChannelEndpoint(channel, status, context, generator(member, other), generator(other, member));
    }

    /** A link to oneself, and one to a client, loses nothing. */
    private LossGenerator generator(final int from, final int to) {
        final int at = from * members + to;
        final SplittableRandom random = new SplittableRandom(31L * at + ProcessHandle.current().pid());
        return from == to ? (address, buffer, length) -> false : (address, buffer, length) -> isLost(random, loss.get(at));
    }

    private boolean isLost(final SplittableRandom random, final int percent) {
        final boolean isLost = percent >= Links.CUT || percent > 0 && random.nextInt(Links.CUT) < percent;
        if (isLost) {
            lostCount.incrementAndGet();
        }
        return isLost;
    }

    long lostCount() {
        return lostCount.get();
    }
}
