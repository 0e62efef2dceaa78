using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace Serverless.GpuWorker.Model.Checkpoints;

/// <summary>Reads a resource out of an assembly's file. The assembly is not loaded: nothing of its code runs, and what it refers to need not be there.</summary>
internal static class EmbeddedResource
{
    /// <exception cref="CheckpointException">The file is missing, is no assembly or has no such resource.</exception>
    public static byte[] Read(string assemblyFile, string name)
    {
        var file = Path.GetFileName(assemblyFile);
        try
        {
            using var assembly = new PEReader(File.OpenRead(assemblyFile));
            if (!assembly.HasMetadata || assembly.PEHeaders.CorHeader is not { } header) throw new CheckpointException($"{file} is no .NET assembly.");
            var metadata = assembly.GetMetadataReader();
            foreach (var handle in metadata.ManifestResources)
            {
                var resource = metadata.GetManifestResource(handle);
                // One with an implementation lies in another file.
                if (!resource.Implementation.IsNil || !metadata.StringComparer.Equals(resource.Name, name)) continue;
                var section = assembly.GetSectionData(header.ResourcesDirectory.RelativeVirtualAddress);
                var content = section.GetReader((int)resource.Offset, section.Length - (int)resource.Offset);
                return content.ReadBytes(content.ReadInt32());
            }

            throw new CheckpointException($"{file} has no resource {name}.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or BadImageFormatException or ArgumentOutOfRangeException)
        {
            throw new CheckpointException($"{file} cannot be read as an encoder's package: {e.Message}", e);
        }
    }
}
