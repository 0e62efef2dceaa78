namespace Serverless.GpuWorker.Conversion;

/// <summary>A file of a converted folder.</summary>
/// <param name="Name">Its path in the folder, with slashes.</param>
/// <param name="Sha256">64 lower-case hexadecimal digits.</param>
internal sealed record ManifestFile(string Name, long Bytes, string Sha256);
