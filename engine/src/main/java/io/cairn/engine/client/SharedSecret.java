package io.cairn.engine.client;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Both sides know one secret and prove it to each other by HMAC-SHA256 over the random bytes of both; the secret itself never travels and is never
 * printed. Any thread.
 */
public final class SharedSecret implements Authenticator {
    /** Shortest secret. */
    public static final int SECRET_BYTES_MIN = 16;

    private static final int SECRET_BYTES_MAX = 4_096;
    private static final int RANDOM_BYTES = 32;
    private static final String ALGORITHM = "HmacSHA256";
    private static final byte CLIENT = 1;
    private static final byte MEMBER = 2;
    private static final byte[] PURPOSE = "cairn client connection 1".getBytes(StandardCharsets.US_ASCII);

    private final SecretKeySpec key;
    private final SecureRandom random = new SecureRandom();

    /**
     * @param secret at least {@link #SECRET_BYTES_MIN} bytes; copied.
     * @throws EngineException when it is too short.
     */
    public SharedSecret(final byte[] secret) {
        if (secret.length < SECRET_BYTES_MIN) {
            throw new EngineException("the secret has " + secret.length + " bytes: use at least " + SECRET_BYTES_MIN);
        }
        key = new SecretKeySpec(secret, ALGORITHM);
    }

    /**
     * The secret that a file holds, white space at its ends left out.
     *
     * @param file readable by its owner alone, at best.
     * @return the authenticator.
     * @throws EngineException when it cannot be read, or holds too little.
     */
    public static SharedSecret ofFile(final Path file) {
        try {
            if (Files.size(file) > SECRET_BYTES_MAX) {
                throw new EngineException(file + ": longer than a secret of " + SECRET_BYTES_MAX + " bytes; name a file that holds the secret alone");
            }
            final byte[] bytes = Files.readAllBytes(file);
            int from = 0;
            int to = bytes.length;
            while (from < to && bytes[from] <= ' ' && bytes[from] >= 0) {
                from++;
            }
            while (from < to && bytes[to - 1] <= ' ' && bytes[to - 1] >= 0) {
                to--;
            }
            if (to - from < SECRET_BYTES_MIN) {
                throw new EngineException(file + ": the secret has " + (to - from) + " bytes: use at least " + SECRET_BYTES_MIN);
            }
            return new SharedSecret(Arrays.copyOfRange(bytes, from, to));
        } catch (final NoSuchFileException ex) {
            throw new EngineException(file + ": no such file; name a file that holds the secret", ex);
        } catch (final IOException ex) {
            throw new EngineException(file + ": cannot be read: " + ex.getMessage(), ex);
        }
    }

    private byte[] randomBytes() {
        final byte[] bytes = new byte[RANDOM_BYTES];
        random.nextBytes(bytes);
        return bytes;
    }

    @Override
    public byte[] hello() {
        return randomBytes();
    }

    @Override
    public byte[] challenge() {
        return randomBytes();
    }

    @Override
    public byte[] answer(final byte[] hello, final byte[] challenge) {
        return mac(CLIENT, hello, challenge);
    }

    @Override
    public boolean isAnswerGood(final byte[] hello, final byte[] challenge, final byte[] answer) {
        return isGood(CLIENT, hello, challenge, answer);
    }

    @Override
    public byte[] proof(final byte[] hello, final byte[] challenge) {
        return mac(MEMBER, hello, challenge);
    }

    @Override
    public boolean isProofGood(final byte[] hello, final byte[] challenge, final byte[] proof) {
        return isGood(MEMBER, hello, challenge, proof);
    }

    /** Of fixed lengths, so that nothing can be moved from one part to the next; compared in a time that does not depend on where they differ. */
    private boolean isGood(final byte side, final byte[] hello, final byte[] challenge, final byte[] given) {
        return RANDOM_BYTES == hello.length && RANDOM_BYTES == challenge.length && MessageDigest.isEqual(mac(side, hello, challenge), given);
    }

    private byte[] mac(final byte side, final byte[] hello, final byte[] challenge) {
        try {
            final Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(key);
            mac.update(PURPOSE);
            mac.update(side);
            mac.update(hello);
            mac.update(challenge);
            return mac.doFinal();
        } catch (final GeneralSecurityException ex) {
            throw new EngineException("this JVM has no " + ALGORITHM + ": use one that has", ex);
        }
    }

    @Override
    public String toString() {
        return "SharedSecret";
    }
}
