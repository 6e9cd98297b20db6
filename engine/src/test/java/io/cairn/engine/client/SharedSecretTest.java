package io.cairn.engine.client;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * The shared secret proves both sides to each other, and nothing said once serves again.
 */
final class SharedSecretTest {
    private final SharedSecret member = new SharedSecret("a secret of sufficient length".getBytes(UTF_8));
    private final SharedSecret client = new SharedSecret("a secret of sufficient length".getBytes(UTF_8));
    private final SharedSecret other = new SharedSecret("another secret of that length".getBytes(UTF_8));

    @Test
    void shouldProveBothSides() {
        final byte[] hello = client.hello();
        final byte[] challenge = member.challenge();
        assertTrue(member.isAnswerGood(hello, challenge, client.answer(hello, challenge)));
        assertTrue(client.isProofGood(hello, challenge, member.proof(hello, challenge)));
    }

    @Test
    void shouldRefuseAnotherSecret() {
        final byte[] hello = client.hello();
        final byte[] challenge = member.challenge();
        assertFalse(member.isAnswerGood(hello, challenge, other.answer(hello, challenge)));
        assertFalse(other.isProofGood(hello, challenge, member.proof(hello, challenge)));
        assertFalse(member.isAnswerGood(hello, challenge, new byte[0]));
    }

    @Test
    void shouldRefuseAnAnswerThatWasHeardBefore() {
        final byte[] hello = client.hello();
        final byte[] heard = client.answer(hello, member.challenge());
        assertFalse(member.isAnswerGood(hello, member.challenge(), heard));
    }

    /** Who sends a member's own words back has proven nothing. */
    @Test
    void shouldNotTakeTheProofOfOneSideForThatOfTheOther() {
        final byte[] hello = client.hello();
        final byte[] challenge = member.challenge();
        assertFalse(member.isAnswerGood(hello, challenge, member.proof(hello, challenge)));
        assertFalse(client.isProofGood(hello, challenge, client.answer(hello, challenge)));
        assertFalse(member.isAnswerGood(challenge, hello, client.answer(hello, challenge)));
    }

    @Test
    void shouldReadASecretWithoutTheEndOfItsLine(@TempDir final Path dir) throws IOException {
        final SharedSecret read = SharedSecret.ofFile(Files.writeString(dir.resolve("secret"), "a secret of sufficient length\n"));
        final byte[] hello = read.hello();
        final byte[] challenge = member.challenge();
        assertTrue(member.isAnswerGood(hello, challenge, read.answer(hello, challenge)));
    }

    @Test
    void shouldRefuseASecretThatIsTooShortOrMissing(@TempDir final Path dir) throws IOException {
        final Path file = Files.writeString(dir.resolve("short"), "secret  \n");
        assertTrue(assertThrows(EngineException.class, () -> SharedSecret.ofFile(file)).getMessage().contains("has 6 bytes: use at least 16"));
        assertTrue(assertThrows(EngineException.class, () -> SharedSecret.ofFile(dir.resolve("none"))).getMessage().contains("no such file"));
        assertFalse(member.toString().contains("sufficient"));
    }
}
