package io.cairn.engine.sim;

import io.cairn.fsm.LogEntry;
import io.cairn.fsm.Reply;
import io.cairn.fsm.StateMachine;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

import java.util.HashSet;
import java.util.Set;
import java.util.function.Supplier;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * The test kit for machines of one's own: a good one passes, and mistakes that people make are caught.
 */
final class ClusterSimulationTest {
    private static final int SEEDS_MAX = 30;

    private static <M extends Bank> ClusterSimulation<M> simulation(final Supplier<M> machine) {
        return new ClusterSimulation<>("bank", machine)
            .commands(random -> new byte[] {
                (byte)random.nextInt(Bank.ACCOUNTS + (0 == random.nextInt(50) ? 1 : 0)),
                (byte)random.nextInt(Bank.ACCOUNTS),
                (byte)random.nextInt(50)})
            .queries(random -> new byte[] {(byte)random.nextInt(Bank.ACCOUNTS)})
            .answers(exchange -> {
                if (exchange.isQuery()) {
                    assertTrue(new UnsafeBuffer(exchange.answer()).getLong(0) >= 0, "" + exchange);
                } else {
                    assertEquals(exchange.request()[0] == Bank.ACCOUNTS, exchange.status() == Bank.ACCOUNT_UNKNOWN, "" + exchange);
                }
            })
            .invariant(bank -> assertEquals(Bank.ACCOUNTS * Bank.EACH, bank.sum(), "the sum of all accounts"));
    }

    private static AssertionError caught(final Supplier<Bank> machine) {
        return assertThrows(AssertionError.class, () -> simulation(machine).run(1, SEEDS_MAX));
    }

    @Test
    void shouldFindNothingWrongWithAMachineThatKeepsToTheRules() {
        final ClusterSimulation.Report report = simulation(Bank::new).run(1, 6);
        assertTrue(report.operations() > 100, "" + report);
        assertTrue(report.faults().contains("RESTART"), "" + report);
    }

    @Test
    void shouldDoTheSameWithTheSameSeed() {
        final Simulation first = new Simulation(5, new UserMachineUnderTest<>(simulation(Bank::new)));
        first.run();
        final Simulation second = new Simulation(5, new UserMachineUnderTest<>(simulation(Bank::new)));
        second.run();
        assertEquals(first.trace(), second.trace());
        assertEquals(first.operationCount(), second.operationCount());
    }

    @Test
    void shouldCatchAMachineThatLooksAtAClock() {
        final String message = caught(() -> new Bank() {
            @Override
            public void apply(final LogEntry entry, final Reply reply) {
                super.apply(entry, reply);
                reply.appendLong(System.nanoTime());
            }
        }).getMessage();
        assertTrue(message.contains("depends on something that is not in the log"), message);
        assertTrue(message.contains("again with: the system properties sim.first="), message);
    }

    @Test
    void shouldCatchAMachineThatGoesByTheOrderOfObjectsInMemory() {
        final String message = caught(() -> new Bank() {
            private final Set<Object> order = new HashSet<>();

            @Override
            public void apply(final LogEntry entry, final Reply reply) {
                final Object newest = new Object();
                order.add(newest);
                super.apply(entry, reply);
                reply.appendByte(order.iterator().next() == newest ? 1 : 0);
            }
        }).getMessage();
        assertTrue(message.contains("depends on something that is not in the log"), message);
    }

    @Test
    void shouldCatchAMachineThatForgetsPartOfItsStateInItsSnapshot() {
        final String message = caught(() -> new Bank() {
            @Override
            int storedAccounts() {
                return ACCOUNTS - 1;
            }
        }).getMessage();
        assertTrue(message.contains("its snapshot does not hold all of its state"), message);
    }

    @Test
    void shouldCatchAMachineWhoseQueriesChangeItsState() {
        final String message = caught(() -> new Bank() {
            @Override
            public void query(final DirectBuffer request, final int offset, final int length, final long logTimeMs, final Reply reply) {
                super.query(request, offset, length, logTimeMs, reply);
                balances[0]++;
            }
        }).getMessage();
        assertTrue(message.contains("depends on something that is not in the log") || message.contains("; the state there answers status"), message);
    }

    @Test
    void shouldCatchAMachineThatLosesMoney() {
        final String message = caught(() -> new Bank() {
            @Override
            public void apply(final LogEntry entry, final Reply reply) {
                super.apply(entry, reply);
                if (17 == entry.index() % 50 && balances[0] > 0) {
                    balances[0]--;
                }
            }
        }).getMessage();
        assertTrue(message.contains("the sum of all accounts"), message);
    }

    @Test
    void shouldSayThatAMachineWithoutCommandsIsNotTested() {
        final ClusterSimulation<StateMachine> simulation = new ClusterSimulation<>("none", Bank::new);
        assertEquals("no commands: call commands(generator)", assertThrows(IllegalStateException.class, () -> simulation.run(1, 1)).getMessage());
    }
}
