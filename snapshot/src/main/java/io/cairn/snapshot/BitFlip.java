package io.cairn.snapshot;

/**
 * Finds the one flipped bit that explains a checksum. CRC32C is linear: flipping a bit changes the checksum by a value that depends only on the
 * bit's distance from the end, and those values differ for all messages shorter than 2^31 bits. So the difference between the computed and the
 * stated checksum names the bit, if one bit it was: damage is then reported with its byte, not only with its page.
 */
final class BitFlip {
    private static final int POLYNOMIAL = 0x82F63B78;

    private BitFlip() {
    }

    /**
     * The byte in which one flipped bit would explain the difference.
     *
     * @param length   of the message in bytes, below 2^28.
     * @param computed checksum of the message as it is.
     * @param stated   checksum it should have.
     * @return offset in the message, or −1 if no single bit of it explains the difference.
     */
    static int offset(final int length, final int computed, final int stated) {
        final int difference = computed ^ stated;
        int syndrome = POLYNOMIAL;
        for (int i = length - 1; i >= 0; i--) {
            for (int bit = 7; bit >= 0; bit--) {
                if (syndrome == difference) {
                    return i;
                }
                syndrome = (syndrome >>> 1) ^ ((syndrome & 1) == 0 ? 0 : POLYNOMIAL);
            }
        }
        return -1;
    }
}
