package io.cairn.engine.config;

import java.util.Collection;

/**
 * Finds the word that was probably meant.
 */
final class Spelling {
    private Spelling() {
    }

    /**
     * A question for the end of a message.
     *
     * @param word  as it was written.
     * @param words that exist.
     * @return {@code " (did you mean X?)"}, or empty if none is near.
     */
    static String suggestion(final String word, final Collection<String> words) {
        String nearest = null;
        int nearestDistance = Math.max(2, word.length() / 3) + 1;
        for (final String candidate : words) {
            // Words are at least as far apart as their lengths: a long one that is nothing like a key costs nothing.
            final boolean isPart = candidate.endsWith("." + word) || candidate.startsWith(word + ".");
            final boolean isFar = Math.abs(word.length() - candidate.length()) >= nearestDistance;
            final int distance = isPart ? 1 : isFar ? nearestDistance : distance(word, candidate);
            if (distance < nearestDistance) {
                nearestDistance = distance;
                nearest = candidate;
            }
        }
        return nearest == null ? "" : " (did you mean " + nearest + "?)";
    }

    private static int distance(final String left, final String right) {
        int[] above = new int[right.length() + 1];
        int[] row = new int[right.length() + 1];
        for (int j = 0; j <= right.length(); j++) {
            above[j] = j;
        }
        for (int i = 1; i <= left.length(); i++) {
            row[0] = i;
            for (int j = 1; j <= right.length(); j++) {
                final int substitution = above[j - 1] + (left.charAt(i - 1) == right.charAt(j - 1) ? 0 : 1);
                row[j] = Math.min(substitution, Math.min(above[j], row[j - 1]) + 1);
            }
            final int[] done = row;
            row = above;
            above = done;
        }
        return above[right.length()];
    }
}
