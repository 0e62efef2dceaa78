namespace Serverless.Infra.Hooks;

/// <summary>The check itself could not be made; the message says what to do.</summary>
public sealed class PreflightException(string message, Exception? inner = null) : Exception(message, inner);
