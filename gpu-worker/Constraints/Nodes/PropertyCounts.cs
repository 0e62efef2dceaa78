using Serverless.GpuWorker.Constraints.Schemas;

namespace Serverless.GpuWorker.Constraints.Nodes;

/// <summary>How many properties an object may have (<c>minProperties</c>, <c>maxProperties</c>).</summary>
internal static class PropertyCounts
{
    /// <summary>The least and the most, which what is written can have.</summary>
    /// <exception cref="SchemaException">A count is none; no object has such a number; or more properties without a name of their own are asked for than can be told apart.</exception>
    public static (int Least, int Most) Of(SchemaParts parts, IReadOnlyList<ObjectProperty> properties, IReadOnlyList<OtherProperties> others)
    {
        int required = properties.Count(property => property.IsRequired), least = parts.Least("minProperties"), most = parts.Most("maxProperties");
        if (Math.Max(least, required) > most)
            throw SchemaException.Contradiction("minProperties, and the number of required properties, must not exceed maxProperties");
        if (least > properties.Count && others.Count == 0)
            throw SchemaException.Contradiction("minProperties must be no more than the properties that there may be");

        return least <= properties.Count + 1
            ? (least > required ? least : 0, most)
            : throw new SchemaException("minProperties must be at most one more than the properties that have a name in properties or required: of others none may come twice, which is not kept in mind");
    }
}
