namespace Serverless.Local.Search.Text;

/// <summary>Okapi BM25 with AI Search's defaults: k1 = 1.2, b = 0.75, idf = ln(1 + (N - n + 0.5) / (n + 0.5)).</summary>
internal static class Bm25
{
    private const double K1 = 1.2;
    private const double B = 0.75;

    /// <param name="frequency">How often the term occurs in the field.</param>
    /// <param name="length">Terms in the field.</param>
    /// <param name="averageLength">Terms in the field, averaged over the documents that have it.</param>
    /// <param name="documents">Documents that have the field.</param>
    /// <param name="matching">Documents with the term in the field.</param>
    public static double Score(int frequency, int length, double averageLength, int documents, int matching)
    {
        var idf = Math.Log(1 + ((documents - matching + 0.5) / (matching + 0.5)));
        return idf * frequency * (K1 + 1) / (frequency + (K1 * (1 - B + (B * length / averageLength))));
    }
}
