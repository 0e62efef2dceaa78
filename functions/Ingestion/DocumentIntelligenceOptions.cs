namespace Serverless.Functions.Ingestion;

/// <summary>Section <c>Ingestion:DocumentIntelligence</c>: Azure AI Document Intelligence, with the app's identity (role Cognitive Services User).</summary>
public sealed class DocumentIntelligenceOptions
{
    /// <summary>For example <c>https://name.cognitiveservices.azure.com</c>; null: scans and pictures fail as "needs OCR".</summary>
    public Uri? Endpoint { get; set; }

    /// <summary>Seconds until an analysis must be done, 1..3,600.</summary>
    public int TimeoutSeconds { get; set; } = 300;
}
