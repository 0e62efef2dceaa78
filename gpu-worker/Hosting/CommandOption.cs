namespace Serverless.GpuWorker.Hosting;

/// <summary>An option of a command.</summary>
/// <param name="Key">The configuration key that it sets.</param>
/// <param name="Value">The value's name in the help.</param>
public sealed record CommandOption(string Name, string Key, string Value, string Help);
