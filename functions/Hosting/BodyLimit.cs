namespace Serverless.Functions.Hosting;

/// <summary>How large the body of a request may be that asks a model, when unpacked: a feature of every request.</summary>
/// <param name="Bytes">Of the setting <c>Gateway:MaxBodyMegabytes</c>.</param>
internal sealed record BodyLimit(int Bytes);
