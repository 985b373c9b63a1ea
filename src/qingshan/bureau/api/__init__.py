"""The typed JSON API (接口): indicators, values, runs, rankings, for other systems of the bureau."""
