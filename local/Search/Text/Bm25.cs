using Lucene.Net.Search;
using Lucene.Net.Search.Similarities;

namespace Serverless.Local.Search.Text;

/// <summary>
/// BM25 with AI Search's defaults, k1 = 1.2 and b = 0.75, counted as Lucene does since version 7: over the documents that have the field, with its
/// length kept in a byte (exact up to 40 terms, then to one part in eight), and not, as Lucene 4.8 does, over all documents with coarser lengths.
/// </summary>
internal sealed class Bm25() : BM25Similarity(1.2f, 0.75f)
{
    /// <summary>Lengths below this are kept as they are, so that every length up to int.MaxValue fits in a byte.</summary>
    private const int Exact = 24;

    private static readonly float[] Lengths = [.. Enumerable.Range(0, 256).Select(code => (float)Decode(code))];

    public override Explanation IdfExplain(CollectionStatistics collectionStats, TermStatistics termStats)
    {
        var (documents, matching) = (collectionStats.DocCount, termStats.DocFreq);
        return new Explanation((float)Math.Log(1 + ((documents - matching + 0.5) / (matching + 0.5))), $"idf(docFreq={matching}, docCount={documents})");
    }

    public override Explanation IdfExplain(CollectionStatistics collectionStats, TermStatistics[] termStats) =>
        new(termStats.Sum(term => IdfExplain(collectionStats, term).Value), "idf, sum of the terms'");

    protected override float AvgFieldLength(CollectionStatistics collectionStats) =>
        collectionStats.DocCount <= 0 || collectionStats.SumTotalTermFreq <= 0 ? 1 : (float)((double)collectionStats.SumTotalTermFreq / collectionStats.DocCount);

    protected override byte EncodeNormValue(float boost, int fieldLength) => (byte)Encode(fieldLength);

    protected override float DecodeNormValue(byte norm) => Lengths[norm];

    /// <summary>SmallFloat.intToByte4 of Lucene 7: a float of 4 significant bits over what exceeds <see cref="Exact"/>.</summary>
    private static int Encode(int length)
    {
        if (length < Exact)
            return length;
        var rest = length - Exact;
        var bits = 32 - System.Numerics.BitOperations.LeadingZeroCount((uint)rest);
        if (bits < 4)
            return Exact + rest;
        var shift = bits - 4;
        return Exact + ((rest >> shift) & 0x07 | ((shift + 1) << 3));
    }

    private static long Decode(int code)
    {
        if (code < Exact)
            return code;
        var (mantissa, shift) = ((code - Exact) & 0x07, ((code - Exact) >> 3) - 1);
        return Exact + (shift < 0 ? mantissa : (long)(mantissa | 0x08) << shift);
    }
}
