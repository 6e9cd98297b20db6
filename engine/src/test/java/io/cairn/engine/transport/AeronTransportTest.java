package io.cairn.engine.transport;

import io.aeron.Aeron;
import io.aeron.driver.MediaDriver;
import io.aeron.driver.ThreadingMode;
import io.cairn.engine.Members;
import io.cairn.engine.raft.ClusterConfiguration;
import io.cairn.engine.raft.Membership;
import io.cairn.engine.raft.Message;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Real drivers, invoked by the test's thread, over shared memory and over UDP on the loopback.
 */
@Timeout(240)
final class AeronTransportTest {
    private static final int MEMBERS_MAX = 3;

    @TempDir
    Path dir;

    private final int port = Members.freePorts(MEMBERS_MAX * TransportChannels.PORTS);
    private MediaDriver driver;
    private final List<Aeron> clients = new ArrayList<>();
    private final List<AeronTransport> transports = new ArrayList<>();

    @AfterEach
    void close() {
        transports.forEach(AeronTransport::close);
        clients.forEach(Aeron::close);
        if (null != driver) {
            driver.close();
        }
    }

    private void launch(final boolean ipc, final int members) {
        driver = MediaDriver.launch(new MediaDriver.Context()
            .aeronDirectoryName(dir.resolve("aeron").toString())
            .threadingMode(ThreadingMode.INVOKER)
            .asyncExecutorEnabled(false)
            .clientLivenessTimeoutNs(60_000_000_000L)
            .publicationUnblockTimeoutNs(120_000_000_000L)
            .imageLivenessTimeoutNs(60_000_000_000L)
            .publicationConnectionTimeoutNs(60_000_000_000L)
            .dirDeleteOnStart(true)
            .dirDeleteOnShutdown(true));
        for (int id = 0; id < members; id++) {
            join(ipc, id, members);
        }
    }

    private AeronTransport join(final boolean ipc, final int id, final int members) {
        final TransportChannels channels = new TransportChannels(ipc, 1 << 16, 1 << 20, 8192);
        for (int peer = 0; peer < members; peer++) {
            channels.endpoint(peer, endpoint(peer));
        }
        final Aeron aeron = Aeron.connect(new Aeron.Context()
            .aeronDirectoryName(driver.aeronDirectoryName())
            .useConductorAgentInvoker(true)
            .driverAgentInvoker(driver.sharedAgentInvoker()));
        clients.add(aeron);
        final AeronTransport transport = new AeronTransport(() -> aeron, driver.sharedAgentInvoker(), new MessageCodec(5), id, channels);
        transport.reach(configuration(members));
        transports.add(transport);
        return transport;
    }

    private String endpoint(final int id) {
        return "127.0.0.1:" + (port + id * TransportChannels.PORTS);
    }

    private ClusterConfiguration configuration(final int members) {
        ClusterConfiguration configuration = ClusterConfiguration.of(Membership.of(IntStream.range(0, members).toArray()));
        for (int id = 0; id < members; id++) {
            configuration = configuration.withEndpoint(id, endpoint(id));
        }
        return configuration;
    }

    private void work() {
        for (final AeronTransport transport : transports) {
            transport.doWork();
        }
    }

    private void send(final AeronTransport from, final Message message, final RecordRun run) {
        while (!from.send(message, run)) {
            work();
        }
    }

    private static Message message(final int type, final int from, final int to, final long term) {
        final Message message = new Message();
        message.type = type;
        message.from = from;
        message.to = to;
        message.term = term;
        return message;
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldCarryMessagesBetweenAllMembers(final boolean ipc) {
        launch(ipc, 3);
        final List<String> received = new ArrayList<>();
        for (int from = 0; from < 3; from++) {
            for (int to = 0; to < 3; to++) {
                if (from != to) {
                    send(transports.get(from), message(Message.VOTE, from, to, 10 + from), new RecordRun().empty());
                }
            }
        }
        while (received.size() < 6) {
            work();
            for (final AeronTransport transport : transports) {
                transport.poll((message, records) -> received.add(message.from + ">" + message.to + "@" + message.term), 10);
            }
        }
        assertEquals(List.of("0>1@10", "0>2@10", "1>0@11", "1>2@11", "2>0@12", "2>1@12"), received.stream().sorted().toList());
        assertTrue(transports.get(0).isConnected(1));
        assertFalse(transports.get(0).isConnected(0));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldCarryRecordsInOrderShortAndLong(final boolean ipc) {
        launch(ipc, 2);
        final List<Long> lengths = new ArrayList<>();
        final int[] payloads = {0, 64, 5_000, 60_000, 120_000, 1};
        long index = 1;
        for (final int payload : payloads) {
            final Message message = message(Message.APPEND, 0, 1, 3);
            message.logIndex = index - 1;
            send(transports.get(0), message, new Records().add(index, 3, payload).run());
            index++;
            work();
            receive(lengths);
        }
        while (lengths.size() < payloads.length) {
            work();
            receive(lengths);
        }
        for (int i = 0; i < payloads.length; i++) {
            assertEquals(payloads[i], lengths.get(i));
        }
    }

    private void receive(final List<Long> lengths) {
        transports.get(1).poll((message, records) -> {
            lengths.add((long)records.buffer().getInt(records.seek(0)) - 48);
            return true;
        }, 10);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldGiveAMessageAgainThatWasNotTaken(final boolean ipc) {
        launch(ipc, 2);
        send(transports.get(0), message(Message.APPEND, 0, 1, 7), new RecordRun().empty());
        send(transports.get(0), message(Message.APPEND, 0, 1, 8), new RecordRun().empty());
        final List<Long> seen = new ArrayList<>();
        while (seen.size() < 4) {
            work();
            transports.get(1).poll((message, records) -> {
                seen.add(message.term);
                return seen.size() > 2;
            }, 10);
        }
        assertEquals(List.of(7L, 7L, 7L, 8L), seen);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldRefuseWhenThereIsNoRoomAndGoOnAfterwards(final boolean ipc) {
        launch(ipc, 2);
        final RecordRun run = new Records().add(1, 3, 60_000).run();
        send(transports.get(0), message(Message.APPEND, 0, 1, 3), run);
        int sent = 1;
        for (int i = 0; i < 1_000 && transports.get(0).send(message(Message.APPEND, 0, 1, 3), run); i++) {
            sent++;
        }
        assertTrue(sent < 1_000, "a peer that does not read has no room without end");
        final int[] received = {0};
        while (received[0] < sent) {
            work();
            transports.get(1).poll((message, records) -> {
                received[0]++;
                return true;
            }, 10);
        }
        send(transports.get(0), message(Message.APPEND, 0, 1, 4), run);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldReachAMemberAgainThatWasRestarted(final boolean ipc) {
        launch(ipc, 2);
        send(transports.get(0), message(Message.VOTE, 0, 1, 1), new RecordRun().empty());
        transports.remove(1).close();
        clients.remove(1).close();
        join(ipc, 1, 2);
        final long[] term = {0};
        while (9 != term[0]) {
            transports.get(0).send(message(Message.VOTE, 0, 1, 9), new RecordRun().empty());
            work();
            transports.get(1).poll((message, records) -> {
                term[0] = message.term;
                return true;
            }, 10);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldDropWhatIsDamagedAndGoOn(final boolean ipc) {
        launch(ipc, 2);
        final UnsafeBuffer noise = new UnsafeBuffer(new byte[100]);
        final TransportChannels channels = new TransportChannels(ipc, 1 << 16, 1 << 20, 8192);
        channels.endpoint(1, endpoint(1));
        final var publication = clients.get(0).addPublication(channels.controlOf(1), channels.controlStreamOf(1));
        while (publication.offer(noise) < 0) {
            work();
        }
        send(transports.get(0), message(Message.VOTE, 0, 1, 2), new RecordRun().empty());
        final List<Long> terms = new ArrayList<>();
        while (terms.isEmpty()) {
            work();
            transports.get(1).poll((message, records) -> terms.add(message.term), 10);
        }
        assertEquals(List.of(2L), terms);
    }
}
