using System.Text.RegularExpressions;

namespace Serverless.Infra.Tests.Deployment;

/// <summary>The native libraries of the worker's image, which no compiler brings together.</summary>
public sealed partial class ImageLibrariesTests
{
    private static readonly string Image = Repository.Read("gpu-worker", "Dockerfile");

    /// <summary>A package of NCCL says which CUDA it is for; unpinned, the repository's latest comes, which may be for a later one.</summary>
    [Fact]
    public void Nccl_IsPinnedToAPackageForTheImagesCuda()
    {
        var cuda = Base().Match(Image);
        var nccl = Nccl().Match(Image);

        Assert.True(cuda.Success, "FROM nvidia/cuda:MAJOR.MINOR.PATCH-...");
        Assert.True(nccl.Success, "libnccl2=VERSION-REVISION+cudaMAJOR.MINOR");
        Assert.Single(AnyNccl().Matches(Image));
        Assert.Equal(cuda.Groups["release"].Value, nccl.Groups["cuda"].Value);
    }

    /// <summary>The call's structures are those of 2.18, which later libraries take by their size and version (NcclLibrary).</summary>
    [Fact]
    public void Nccl_IsNoOlderThanTheStructuresItIsGiven()
    {
        var code = Repository.Read("gpu-worker", "Execution", "Cuda", "NcclLibrary.cs");
        var asked = int.Parse(ConfigVersion().Match(code).Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture);
        var version = Version.Parse(Nccl().Match(Image).Groups["version"].Value);

        Assert.InRange(asked, 1, (10_000 * version.Major) + (100 * version.Minor) + version.Build);
    }

    /// <summary>The runtime that the code loads by name is the image's.</summary>
    [Fact]
    public void CudaRuntime_IsTheImagesMajorVersion() =>
        Assert.Contains($"\"libcudart.so.{Base().Match(Image).Groups["release"].Value.Split('.')[0]}\"", Repository.Read("gpu-worker", "Execution", "Cuda", "CudaRuntime.cs"), StringComparison.Ordinal);

    [GeneratedRegex(@"FROM nvidia/cuda:(?<release>\d+\.\d+)\.\d+-cudnn-runtime-")]
    private static partial Regex Base();

    [GeneratedRegex(@"\slibnccl2=(?<version>\d+\.\d+\.\d+)-\d+\+cuda(?<cuda>\d+\.\d+)\s")]
    private static partial Regex Nccl();

    [GeneratedRegex(@"\slibnccl2\b")]
    private static partial Regex AnyNccl();

    [GeneratedRegex(@"Version = (\d+),")]
    private static partial Regex ConfigVersion();
}
