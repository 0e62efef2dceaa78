namespace Serverless.Local.Search.Filters;

internal enum FilterOperator
{
    Eq,
    Ne,
    Gt,
    Ge,
    Lt,
    Le,
}
