namespace Serverless.Local.Durable.Storage;

/// <summary>Thrown by a fault point: from here on the engine does nothing more, as if its process had been killed.</summary>
internal sealed class EngineKilledException(string point) : Exception($"killed at '{point}'");
