package io.cairn.engine;

import io.cairn.engine.client.EngineException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** What a person may get wrong when a member is started: refused in one line, before a file is touched. */
final class BadMemberTest {
    @TempDir
    Path dir;

    private String refusal(final ClusterContext cluster) {
        final Path data = dir.resolve("data");
        final EngineException refused = assertThrows(EngineException.class,
            () -> StorageEngine.launch(new EngineContext().dataDirectory(data).profile("small").cluster(cluster)).close());
        assertFalse(Files.exists(data), "the directory was formatted");
        assertFalse(refused.getMessage().contains("\n"));
        return refused.getMessage();
    }

    @Test
    void shouldRefuseANetworkWithoutASecretBeforeItTouchesTheDirectory() {
        final String said = refusal(new ClusterContext().memberId(0).member(0, "192.0.2.1:24000").bootstrap(true));
        assertTrue(said.contains("without a secret"), said);
    }

    @Test
    void shouldRefuseAMemberThatIsNotInItsListBeforeItTouchesTheDirectory() {
        final String said = refusal(new ClusterContext().memberId(3).member(0, "127.0.0.1:24000").bootstrap(true));
        assertTrue(said.contains("member 3 is not among the members"), said);
    }
}
