namespace Serverless.Contracts.OpenAI;

/// <summary>Sound within a message.</summary>
/// <param name="Data">Base64.</param>
/// <param name="Format"><c>wav</c>, <c>mp3</c> or another that the service takes.</param>
public sealed record ContentAudio(string Data, string Format)
{
    /// <summary>Content never reaches a log by way of ToString.</summary>
    public override string ToString() => $"audio [{Data.Length} chars]";
}
