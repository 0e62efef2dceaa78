using Serverless.GpuWorker.Embedding;
using Serverless.GpuWorker.Tokenization;

namespace Serverless.GpuWorker.Reranking;

/// <summary>
/// The ids of a query and a document as BERT takes a pair: [CLS] query [SEP] document [SEP], the query with its frame being segment 0, the document with its [SEP] segment 1. What is too long is cut from
/// the longer of both, as Hugging Face's <c>longest_first</c> does (tokenizers, utils/truncation.rs), which sentence-transformers' CrossEncoder asks for.
/// </summary>
internal static class PairInput
{
    private const int Frame = 3;

    /// <param name="maxTokens">The model's length, at least 4.</param>
    public static EncoderInput Tokenize(WordPieceTokenizer tokenizer, string query, string document, int maxTokens) =>
        Join(tokenizer, tokenizer.Encode(query), tokenizer.Encode(document), maxTokens);

    internal static EncoderInput Join(WordPieceTokenizer tokenizer, ReadOnlySpan<int> query, ReadOnlySpan<int> document, int maxTokens)
    {
        var (first, second) = Lengths(query.Length, document.Length, maxTokens - Frame);
        var head = tokenizer.WithSpecialTokens([.. query[..first]]);
        int[] ids = [.. head, .. document[..second], head[^1]];
        var segments = new int[ids.Length];
        segments.AsSpan(head.Length).Fill(1);
        return new EncoderInput(ids, segments);
    }

    /// <summary>How many tokens of each are kept.</summary>
    private static (int First, int Second) Lengths(int first, int second, int most)
    {
        var (shorter, longer) = (Math.Min(first, second), Math.Max(first, second));
        if (shorter + longer > most)
        {
            longer = shorter > most ? shorter : Math.Max(shorter, most - shorter);
            if (shorter + longer > most) (shorter, longer) = (most / 2, (most / 2) + (most % 2));
        }

        return first <= second ? (shorter, longer) : (longer, shorter);
    }
}
