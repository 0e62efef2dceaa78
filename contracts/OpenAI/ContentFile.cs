namespace Serverless.Contracts.OpenAI;

/// <summary>A document within a message; one of <see cref="Data"/>, <see cref="Url"/> and <see cref="Id"/> is not null.</summary>
/// <param name="Name">What the document is called; null where nobody says.</param>
public sealed record ContentFile(string? Name)
{
    /// <summary>The document itself, <c>data:application/pdf;base64,...</c>.</summary>
    public string? Data { get; init; }

    /// <summary>An https URL to it.</summary>
    public string? Url { get; init; }

    /// <summary>The id of one that was uploaded to the service.</summary>
    public string? Id { get; init; }

    /// <summary>Content never reaches a log by way of ToString.</summary>
    public override string ToString() => $"file [{Data?.Length ?? 0} chars]";
}
