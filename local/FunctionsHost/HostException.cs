namespace Serverless.FunctionsHost;

/// <summary>The host cannot run as asked; its message is all that is shown.</summary>
internal sealed class HostException(string message) : Exception(message);
