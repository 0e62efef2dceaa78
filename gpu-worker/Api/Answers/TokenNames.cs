using System.Globalization;
using System.Text;
using Serverless.GpuWorker.Tokenization;
using Utf8 = System.Text.Unicode.Utf8;

namespace Serverless.GpuWorker.Api.Answers;

/// <summary>How a single token is named in a response.</summary>
internal static class TokenNames
{
    // OpenAI's API gives no number below it.
    public const double LowestLogprob = -9999;

    /// <summary>Its text; OpenAI's <c>bytes:\xe2</c> for a part of a character, vLLM's <c>token_id:2</c> for what has no text.</summary>
    public static string Of(int id, byte[]? bytes)
    {
        if (bytes is null) return string.Create(CultureInfo.InvariantCulture, $"token_id:{id}");
        return Utf8.IsValid(bytes) ? Encoding.UTF8.GetString(bytes) : $"bytes:{string.Concat(bytes.Select(value => $"\\x{value:x2}"))}";
    }

    public static string Of(int id, ITokenizer tokenizer) => Of(id, tokenizer.BytesOf(id));
}
