namespace Serverless.GpuWorker.Supervision.Wire;

/// <summary>The other side broke the protocol. The message says how, in numbers and names only.</summary>
internal sealed class ProtocolException(string message) : Exception(message);
