namespace Serverless.Documents;

/// <summary>The file shows text but holds none: a scan or a picture.</summary>
public sealed class NeedsOcrException(string why) : DocumentRejectedException($"needs OCR: {why}");
