using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace Serverless.Documents.Tests;

/// <summary>Files come from anybody. What reads them reaches nothing but their bytes: no network, no file system, no process, no service of Azure.</summary>
public sealed class PurityTests
{
    // Names of HTML's characters, and no network.
    private static readonly string[] Permitted = ["System.Net.WebUtility"];

    private static readonly string[] Forbidden = ["System.Net.", "System.Diagnostics.Process", "System.Console", "Azure.", "Microsoft.Azure.", "Microsoft.AspNetCore."];

    private static readonly string[] OfFiles = ["File", "FileInfo", "FileStream", "FileSystemInfo", "Directory", "DirectoryInfo", "DriveInfo", "RandomAccess", "FileSystemWatcher"];

    [Fact]
    public void Library_UsesNothingThatReachesOutside()
    {
        using var file = File.OpenRead(typeof(DocumentReaders).Assembly.Location);
        using var image = new PEReader(file);
        var metadata = image.GetMetadataReader();
        var used = metadata.TypeReferences.Select(metadata.GetTypeReference)
            .Select(type => $"{metadata.GetString(type.Namespace)}.{metadata.GetString(type.Name)}").Where(name => !Permitted.Contains(name)).ToList();
        Assert.Contains("System.String", used);
        Assert.DoesNotContain(used, name => Forbidden.Any(start => name.StartsWith(start, StringComparison.Ordinal)) || OfFiles.Any(type => name == "System.IO." + type));
    }
}
