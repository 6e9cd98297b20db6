package io.cairn.engine.pipeline;

import io.cairn.engine.client.EngineException;
import io.cairn.engine.client.ReplyStatus;
import io.cairn.engine.embedded.ClientLink;
import io.cairn.engine.embedded.EmbeddedClient;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.ringbuffer.ManyToOneRingBuffer;
import org.agrona.concurrent.ringbuffer.RingBufferDescriptor;
import org.junit.jupiter.api.Test;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.SplittableRandom;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * A client that keeps to its window never loses a reply, whatever the lengths of the others and wherever the ring wraps: one that is lost is
 * waited for for ever.
 */
final class ReplyRoomTest {
    private static final int RING = 128 * 1024;
    private static final int WINDOW = 512;
    private static final int SMALL_WINDOW = 64;

    private final UnsafeBuffer body = new UnsafeBuffer(BufferUtil.allocateDirectAligned(RING, 64));
    private final Deque<Long> waiting = new ArrayDeque<>();
    private long answered;
    private long full;

    private void answer(final ReplyPublisher publisher, final ClientChannel channel, final long correlationId, final int length) {
        publisher.answer(channel.id(), correlationId, 1, ReplyStatus.OK, body, 0, length);
    }

    @Test
    void shouldFindRoomForEverySmallReplyWhenLongOnesWrapAround() {
        final SplittableRandom random = new SplittableRandom(1);
        final int bodyMax = RING / 8 - ReplyDescriptor.HEADER_LENGTH;
        for (int round = 0; round < 400; round++) {
            final ClientRegistry registry = new ClientRegistry(1, RING, false);
            final ClientChannel channel = registry.register(SMALL_WINDOW);
            final ReplyPublisher publisher = new ReplyPublisher(registry);
            for (int i = random.nextInt(1_200); i > 0; i--) {
                answer(publisher, channel, 0, ReplyDescriptor.SMALL_BODY_MAX);
                channel.replies().read((type, buffer, offset, length) -> { }, 1);
            }
            int sent = 0;
            for (; channel.admitsBody(bodyMax - round); sent++) {
                answer(publisher, channel, sent, bodyMax - round);
            }
            assertTrue(sent >= 5, "the ring takes some long ones");
            for (; sent < SMALL_WINDOW; sent++) {
                answer(publisher, channel, sent, random.nextInt(8) == 0 ? bodyMax : ReplyDescriptor.SMALL_BODY_MAX);
            }
            assertEquals(0, publisher.droppedCount(), "round " + round);
            answered = 0;
            while (channel.replies().size() > 0) {
                channel.replies().read((type, buffer, offset, length) -> assertEquals(answered++, buffer.getLong(offset)), WINDOW);
            }
            assertEquals(SMALL_WINDOW, answered);
        }
    }

    @Test
    void shouldFindRoomForTheAnswersToWhatIsAskedWhileABatchIsRead() {
        final ClientRegistry registry = new ClientRegistry(1, RING, false);
        final ClientChannel channel = registry.register(WINDOW);
        final ReplyPublisher publisher = new ReplyPublisher(registry);
        final ManyToOneRingBuffer ingress =
            new ManyToOneRingBuffer(new UnsafeBuffer(BufferUtil.allocateDirectAligned(RING + RingBufferDescriptor.TRAILER_LENGTH, 128)));
        final EmbeddedClient client =
            new EmbeddedClient(new ClientLink(ingress, channel, WINDOW, () -> true, () -> false, () -> { }, () -> { }, () -> { }), null);
        final SplittableRandom random = new SplittableRandom(2);
        ask(client, ingress);
        for (int round = 0; round < 200; round++) {
            answerAll(publisher, channel, random);
            client.poll(
                (correlationId, status, index, buffer, offset, length) -> {
                    answered++;
                    full += ReplyStatus.BACK_PRESSURED == status ? 1 : 0;
                    ask(client, ingress);
                    answerAll(publisher, channel, random);
                },
                WINDOW);
            assertEquals(0, publisher.droppedCount(), "round " + round);
        }
        assertTrue(answered >= 200L * WINDOW / 2, "answered " + answered);
        assertTrue(full > 0, "the ring was full at times");
    }

    /** As much as the window allows. */
    private void ask(final EmbeddedClient client, final ManyToOneRingBuffer ingress) {
        long correlationId = client.query(body, 0, 8);
        while (correlationId >= 0) {
            waiting.add(correlationId);
            ingress.read((type, buffer, offset, length) -> { }, 16);
            correlationId = client.query(body, 0, 8);
        }
        assertEquals(ReplyStatus.BACK_PRESSURED, correlationId);
    }

    private void answerAll(final ReplyPublisher publisher, final ClientChannel channel, final SplittableRandom random) {
        for (Long correlationId = waiting.poll(); null != correlationId; correlationId = waiting.poll()) {
            answer(publisher, channel, correlationId, random.nextInt(16) == 0 ? 8_000 : ReplyDescriptor.SMALL_BODY_MAX);
        }
    }

    @Test
    void shouldNotDeliverTheRepliesOfAClientThatLeftToTheOneInItsPlace() {
        final ClientRegistry registry = new ClientRegistry(2, RING, false);
        final ReplyPublisher publisher = new ReplyPublisher(registry);
        final ClientChannel other = registry.register(WINDOW);
        ClientChannel left = registry.register(WINDOW);
        for (int i = 0; i < 50; i++) {
            assertThrows(EngineException.class, () -> registry.register(WINDOW));
            registry.unregister(left);
            assertNull(registry.find(left.id()));
            final ClientChannel successor = registry.register(WINDOW);
            assertNotSame(left.id(), successor.id());
            answer(publisher, left, 7, 8);
            assertEquals(0, successor.replies().size());
            registry.unregister(left);
            assertEquals(successor, registry.find(successor.id()), "one that left long ago takes nobody's place away");
            left = successor;
        }
        assertEquals(other, registry.find(other.id()));
        assertEquals(2, registry.count());
    }
}
