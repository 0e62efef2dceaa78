using Microsoft.Azure.Functions.Worker;

namespace Serverless.Local.Hosting.Catalog;

internal sealed class LocalBindingMetadata(string name, string type) : BindingMetadata
{
    public override string Name { get; } = name;

    public override string Type { get; } = type;
}
