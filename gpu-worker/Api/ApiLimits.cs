using Serverless.GpuWorker.Api.Requests;

namespace Serverless.GpuWorker.Api;

/// <summary>Ceilings of what one request may ask for. What the model itself limits (its context) is not here.</summary>
internal static class ApiLimits
{
    public const int BodyBytes = 2 * 1024 * 1024;

    public const int Messages = 2048;

    public const int Prompts = 32;

    public const int Choices = 4;

    public const int StopStrings = 64;

    public const int StopStringChars = 64;

    public const int StopTokens = 64;

    public const int Biases = 300;

    public const int BadWords = 128;

    public const int BadWordChars = 64;

    public const int Logprobs = 20;

    /// <summary>Of a field's name that an error repeats.</summary>
    public const int NamedFieldChars = 64;

    public const int SchemaNameChars = 64;

    public const int QuoteSources = 64;

    /// <summary>The highest <c>guided_quotes.min_length</c>, and the highest <c>max_length</c>.</summary>
    public const int LeastQuoteChars = 1000, MostQuoteChars = 100_000;

    /// <summary>Either way from 0.</summary>
    public const int Priority = 100;

    public const int TimeoutSeconds = 86_400;

    public const int EmbeddingInputs = 256;

    public const int RerankDocuments = 1000;

    public const int UserChars = 256;

    public const int TokenizePrompts = 256;
}
